import { PDFArray, PDFDict, type PDFDocument, PDFName, PDFNumber, type PDFObject } from '@cantoo/pdf-lib';
import { numberEntries } from './name-trees.ts';
import type { Source } from './source.ts';

/** What is written on a page's corner: style, prefix and number [ISO 32000-1, table 159]. */
interface Label {
  style: PDFObject | undefined;
  prefix: PDFObject | undefined;
  number: number;
}

const [S, P, St] = ['S', 'P', 'St'].map(word => PDFName.of(word)) as [PDFName, PDFName, PDFName];

/** The labels of the pages with these indexes; undefined for a document without labels. */
export function labelsOf(source: Source, pages: number[]): Label[] | undefined {
  const tree = source.dict('PageLabels');
  const runs = tree ? numberEntries(tree).toSorted(([a], [b]) => a - b) : [];
  if (runs.length === 0) return undefined;
  return pages.map(page => {
    const [start, value] = runs.findLast(([from]) => from <= page) ?? [0, undefined];
    const run = source.document.context.lookup(value);
    if (!(run instanceof PDFDict)) return plain(page);
    const first = run.lookup(St);
    const number = (first instanceof PDFNumber ? first.asNumber() : 1) + page - start;
    return { style: run.lookup(S), prefix: run.lookup(P), number };
  });
}

export const plain = (index: number): Label => ({ style: PDFName.of('D'), prefix: undefined, number: index + 1 });

export function writeLabels({ catalog, context }: PDFDocument, labels: Label[]): void {
  const runs = PDFArray.withContext(context);
  for (const [index, { style, prefix, number }] of labels.entries()) {
    const before = labels[index - 1];
    const continues =
      before?.style === style && before?.prefix?.toString() === prefix?.toString() && before?.number === number - 1;
    if (continues) continue;
    const run = context.obj({ St: number });
    if (style) run.set(S, style);
    if (prefix) run.set(P, prefix.clone(context));
    runs.push(PDFNumber.of(index));
    runs.push(run);
  }
  catalog.set(PDFName.of('PageLabels'), context.obj({ Nums: runs }));
}
