import { PDFArray, PDFDict, PDFName, PDFNull, PDFNumber, type PDFObject, PDFRef } from '@cantoo/pdf-lib';
import type { Copier } from './copier.ts';
import { textOf } from './name-trees.ts';

const D = PDFName.of('D');

/** The copy of a destination, named ones in full; undefined where its page is not taken. */
export function copyDestination(copier: Copier, written: PDFObject | undefined): PDFArray | undefined {
  const { document, destinations } = copier.source;
  const value = document.context.lookup(written);
  const name = value instanceof PDFName ? value.decodeText() : textOf(value);
  const place = name === undefined ? value : destinations.get(name);
  if (!(place instanceof PDFArray) || place.size() === 0) return undefined;
  const copied = PDFArray.withContext(copier.target);
  for (const element of place.asArray()) copied.push(element);
  const page = place.get(0);
  // some writers number pages, as only links to other files may
  const index = page instanceof PDFNumber ? page.asNumber() : undefined;
  const ref = index === undefined ? page : document.getPages()[index]?.ref;
  if (!(ref instanceof PDFRef) || copier.source.pageOf(ref) === undefined || !copier.isTaken(ref)) return undefined;
  copied.set(0, ref);
  return copier.copy(copied);
}

const [dest, action, goTo, S] = ['Dest', 'A', 'GoTo', 'S'].map(name => PDFName.of(name)) as [
  PDFName,
  PDFName,
  PDFName,
  PDFName,
];

/** Where a link or a bookmark leads to within its document: the entry itself or that of its action. */
function destinationOf(original: PDFDict): PDFObject | undefined {
  const own = original.get(dest);
  if (own) return own;
  const does = original.lookup(action);
  return does instanceof PDFDict && does.get(S) === goTo ? does.get(D) : undefined;
}

/**
 * Lets the copy of a link or bookmark lead to the copy of its destination. `gone` where that is not taken.
 */
export function redirect(copier: Copier, original: PDFDict, copy: PDFDict): 'leads' | 'gone' {
  const written = destinationOf(original);
  if (!written) return 'leads';
  const place = copyDestination(copier, written);
  copy.delete(action);
  if (place) copy.set(dest, place);
  else copy.delete(dest);
  return place ? 'leads' : 'gone';
}

const annots = PDFName.of('Annots');
const link = PDFName.of('Link');

/** The annotations of a page, their links led to the copies of their pages; those that lead nowhere are left out. */
export function copyAnnotations(copier: Copier, original: PDFDict, page: PDFDict): void {
  const written = original.lookup(annots);
  if (!(written instanceof PDFArray)) {
    page.delete(annots);
    return;
  }
  const copies = PDFArray.withContext(copier.target);
  for (const entry of written.asArray()) {
    const copy = copier.copy(entry);
    if (copy === PDFNull) continue;
    const [from, to] = [copier.source.document.context.lookup(entry), copier.target.lookup(copy)];
    const isLink = from instanceof PDFDict && from.lookup(PDFName.of('Subtype')) === link;
    if (isLink && to instanceof PDFDict && redirect(copier, from, to) === 'gone') continue;
    copies.push(copy);
  }
  page.set(annots, copies);
}
