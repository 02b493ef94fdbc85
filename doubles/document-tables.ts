import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** The rows of the first table below a heading of a document, as texts of their cells. */
export function tableBelow(document: string, heading: string): string[][] {
  const text = readFileSync(resolve(root, document), 'utf8');
  const section = text.split(/^#+ /m).find(part => part.startsWith(`${heading}\n`)) ?? '';
  const [, , ...rows] = section.split('\n').filter(line => line.startsWith('|'));
  return rows.map(row =>
    row
      .replace(/^\| ?| ?\|$/g, '')
      .split(/(?<!\\)\|/)
      .map(cell => cell.trim()),
  );
}
