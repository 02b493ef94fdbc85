import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFObject } from '@cantoo/pdf-lib';
import { nameEntries } from './name-trees.ts';

/** Places in a document: page and view [ISO 32000-1, 12.3.2]. */
export type Destination = PDFArray;

const D = PDFName.of('D');

/** Destinations by name, from the dictionary of PDF 1.1 and the tree of PDF 1.2. */
export function namedDestinations({ catalog }: PDFDocument): Map<string, Destination> {
  const found = new Map<string, Destination>();
  const add = (name: string, written: PDFObject | undefined) => {
    const value = catalog.context.lookup(written);
    const place = value instanceof PDFDict ? value.lookup(D) : value;
    if (place instanceof PDFArray && !found.has(name)) found.set(name, place);
  };
  const names = catalog.lookup(PDFName.of('Names'));
  const tree = names instanceof PDFDict ? names.lookup(PDFName.of('Dests')) : undefined;
  if (tree instanceof PDFDict) for (const [name, value] of nameEntries(tree)) add(name, value);
  const old = catalog.lookup(PDFName.of('Dests'));
  if (old instanceof PDFDict) for (const [name, value] of old.entries()) add(name.decodeText(), value);
  return found;
}
