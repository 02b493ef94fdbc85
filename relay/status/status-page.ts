import type { JobStatus, PrinterStatus, RelayStatus } from './relay-status.ts';

/** The status of a relay for a technician at the site; refreshes itself. */
export function statusPage(status: RelayStatus, now: number): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Platen relay</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
.good { color: #17692e } .bad { color: #a31515; font-weight: 600 } .advice { background: #fff3cd; padding: .6rem 1rem } code { font-size: 90% }
</style>
</head>
<body>
<h1>Platen relay</h1>
${status.advice.map(text => `<p class="advice">${toHtml(text)}</p>`).join('\n')}
${connection(status, now)}
<h2>Printers</h2>
${printers(status.printers)}
<h2>Jobs</h2>
${jobs(status.jobs, now)}
<p><small>Version ${toHtml(status.version)}. <a href="/status.json">The same as JSON</a>. Run <code>platen-relay diagnose</code> to check the network.</small></p>
</body>
</html>
`;
}

function connection({ enrolled, connection }: RelayStatus, now: number): string {
  if (!enrolled || !connection) return '<p class="bad">Not enrolled.</p>';
  const { isConnected, since, detail } = connection;
  const state = isConnected
    ? `<span class="good">Connected</span> to ${toHtml(detail)} for ${duration(now - since)}`
    : `<span class="bad">Not connected</span> for ${duration(now - since)}: ${toHtml(detail)}`;
  const role = enrolled.role === 'standby' ? ' Standby: the other relay of the location prints.' : '';
  return `<p>Location <b>${toHtml(enrolled.location)}</b>. ${state}.${role}</p>`;
}

function printers(rows: PrinterStatus[]): string {
  if (rows.length === 0) return '<p>None. Add one with <code>platen-relay printers add NAME ADDRESS</code>.</p>';
  return table(
    ['Name', 'State', 'Waiting jobs', 'Address'],
    rows.map(({ name, model, address, state, reasons, words, waitingJobs }) => {
      const isWell = state !== 'stopped' && reasons.length === 0;
      const said = `<span class="${isWell ? 'good' : 'bad'}">${toHtml(words)}</span>`;
      return [
        `${toHtml(name)}${model ? `<br><small>${toHtml(model)}</small>` : ''}`,
        said,
        waitingJobs,
        toHtml(address),
      ];
    }),
  );
}

function jobs(rows: JobStatus[], now: number): string {
  if (rows.length === 0) return '<p>None yet.</p>';
  return table(
    ['Job', 'Printer', 'State', 'Since'],
    rows.map(({ id, printer, state, reasons, message, at }) => [
      `<code>${toHtml(id)}</code>`,
      toHtml(printer ?? ''),
      `${toHtml(state)}<br><small>${toHtml(message ?? reasons.join(', '))}</small>`,
      at === undefined ? '' : duration(now - at),
    ]),
  );
}

function table(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[], tag: string) =>
    `<tr>${cells.map(cell => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map(row => line(row, 'td')).join('')}</table>`;
}

/** `3 min` */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const units: [name: string, seconds: number][] = [
    ['days', 86_400],
    ['h', 3600],
    ['min', 60],
  ];
  for (const [name, length] of units) if (seconds >= 2 * length) return `${Math.floor(seconds / length)} ${name}`;
  return `${seconds} s`;
}

function toHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
