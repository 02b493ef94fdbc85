/** Of a terminal; pipes and files get everything. */
const width = () => (process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY);

/** Rows in columns, each as wide as its widest cell; the last column is cut at the edge of a terminal. */
export function tableOf(header: string[], rows: string[][], empty: string): string[] {
  if (rows.length === 0) return [empty];
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length)));
  return all.map(row =>
    cut(
      row
        .map((cell, column) => (column === header.length - 1 ? cell : cell.padEnd(widths[column] as number)))
        .join('  ')
        .trimEnd(),
    ),
  );
}

const cut = (line: string) => (line.length <= width() ? line : `${line.slice(0, width() - 1)}…`);

/** Local and short on a terminal, such as `28 Nov 21:04`; for programs as it is. */
export function timeText(time: string | undefined): string {
  if (time === undefined) return 'never';
  if (!process.stdout.isTTY) return time;
  return new Date(time)
    .toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
    .replace(',', '');
}

/** On a terminal the beginning of an id, which commands take as well. */
export const idText = (id: string) => (process.stdout.isTTY ? id.slice(0, 12) : id);

/** `1 printer`, `2 printers` */
export const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
