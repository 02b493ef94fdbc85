import { PDFDict, PDFDocument, PDFName, type PDFObject, PDFPage, PDFPageLeaf } from '@cantoo/pdf-lib';
import { Copier } from './copier.ts';
import { copyAnnotations, copyDestination } from './destinations.ts';
import { addForm } from './forms.ts';
import { addLayers } from './layers.ts';
import { NamedThings } from './named-things.ts';
import { copyBookmarks, writeOutline } from './outline.ts';
import { labelsOf, plain, writeLabels } from './page-labels.ts';
import { Source } from './source.ts';

export { attachedOctets } from './named-things.ts';
export { Source };

/** Pages of a document, by their indexes, in the order in which they are wanted. */
export interface Part {
  source: Source;
  pages: number[];
  /** whether attached files come along; they do when left out */
  withFiles?: boolean;
}

/** Entries of the catalogue that are of one document only: those of the first. */
const ofFirst = ['Lang', 'ViewerPreferences', 'PageMode', 'PageLayout', 'Metadata', 'Version', 'Extensions'];
/** Entries that hold for a document as a whole, and not for some of its pages or with others. */
const ofWhole = ['OutputIntents', 'MarkInfo', 'StructTreeRoot'];

/**
 * A document of the pages of others. It keeps what belongs to its pages: links and named destinations, bookmarks, form
 * fields, layers and which of them are off, page labels; and of the documents attached files, scripts and metadata.
 * Of pages that are not taken nothing is left in it.
 *
 * Our own on top of pdf-lib's objects: its page copier drops all of this, and qpdf, which would keep layers and forms,
 * neither joins bookmarks nor layers of several documents.
 */
export async function assemble(parts: Part[]): Promise<PDFDocument> {
  const target = await PDFDocument.create({ updateMetadata: false });
  const named = new NamedThings();
  const bookmarks: ReturnType<typeof copyBookmarks> = [];
  const labels = parts.map(({ source, pages }) => labelsOf(source, pages));
  for (const { source, pages, withFiles = true } of parts) {
    const copier = new Copier(source, target.context, pages);
    addPages(target, copier, pages);
    addLayers(target, copier);
    addForm(target, copier);
    bookmarks.push(...copyBookmarks(copier));
    named.add(copier, withFiles);
    for (const key of source.destinations.keys()) {
      const place = copyDestination(copier, source.destinations.get(key));
      if (place) named.addDestination(key, place);
    }
    if (source === parts[0]?.source) takeFromFirst(target, copier, parts.length === 1);
  }
  writeOutline(target, bookmarks);
  named.write(target);
  if (labels.some(Boolean)) {
    let index = 0;
    const all = parts.flatMap(({ pages }, part) => pages.map((_, at) => [labels[part]?.[at], index++] as const));
    writeLabels(
      target,
      all.map(([label, at]) => label ?? plain(at)),
    );
  }
  return target;
}

const annots = PDFName.of('Annots');
/** Of the document's structure, which is not the new one's. */
const leftOut = ['Parent', 'B', 'Annots'].map(word => PDFName.of(word));

function addPages(target: PDFDocument, copier: Copier, pages: number[]): void {
  const originals = copier.source.document.getPages();
  const taken = new Set<number>();
  const leaves = pages.map(index => {
    const { ref, node } = originals[index] as PDFPage;
    // the same page twice: two pages, of which links lead to the first
    const place = taken.has(index) ? target.context.nextRef() : copier.place(ref);
    taken.add(index);
    return { original: node, place };
  });
  for (const { original, place } of leaves) {
    const entries = new Map<PDFName, PDFObject>();
    for (const key of PDFPageLeaf.InheritableEntries.map(word => PDFName.of(word))) {
      const value = original.getInheritableAttribute(key);
      if (value) entries.set(key, copier.copy(value));
    }
    for (const [key, value] of original.entries()) if (!leftOut.includes(key)) entries.set(key, copier.copy(value));
    const leaf = PDFPageLeaf.fromMapWithContext(entries, target.context, false);
    target.context.assign(place, leaf);
    target.addPage(PDFPage.of(leaf, place, target));
  }
  for (const { original, place } of leaves) {
    if (original.has(annots)) copyAnnotations(copier, original, target.context.lookup(place, PDFDict));
  }
}

function takeFromFirst(target: PDFDocument, copier: Copier, isAlone: boolean): void {
  const { catalog, context } = copier.source.document;
  const entries = isAlone && copier.takesAllPages ? [...ofFirst, ...ofWhole] : ofFirst;
  for (const key of entries.map(word => PDFName.of(word))) {
    const value = catalog.get(key);
    if (value) target.catalog.set(key, copier.copy(value));
  }
  const { Info } = context.trailerInfo;
  if (Info) target.context.trailerInfo.Info = copier.copy(Info);
}
