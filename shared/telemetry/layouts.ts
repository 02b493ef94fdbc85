export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface Line {
  at: string;
  level: string;
  event: string;
  version: string;
  [field: string]: unknown;
}

/** How a line looks: JSON for machines, text for a person at a terminal. */
export const layouts: Record<LogFormat, (line: Line) => string> = {
  json: line => JSON.stringify(line),
  text({ at, level, event, version: _version, error, ...fields }) {
    const said = Object.entries(fields).filter(([, value]) => value !== undefined);
    const pairs = said.map(([name, value]) => `${name}=${inline(value)}`);
    const head = `${at.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${event}`;
    return [[head, ...pairs].join('  '), ...(error ? causesOf(error) : [])].join('\n');
  },
};

const inline = (value: unknown) =>
  typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);

/** An error and its causes, a line each, with the place where the innermost was thrown. */
function causesOf(error: unknown): string[] {
  const lines: string[] = [];
  let innermost: { stack?: string } = {};
  for (let cause = error; cause; cause = (cause as { cause?: unknown }).cause) {
    const { name, message, code } = cause as { name?: string; message?: string; code?: unknown };
    const text = message ?? inline(cause);
    lines.push(`    ${lines.length > 0 ? 'because ' : ''}${[name, code].filter(Boolean).join(' ')}: ${text}`);
    innermost = cause as { stack?: string };
  }
  const place = innermost.stack?.split('\n').find(line => /^\s+at /.test(line));
  return place ? [...lines, `    ${place.trim()}`] : lines;
}
