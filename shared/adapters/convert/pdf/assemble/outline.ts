import { PDFDict, type PDFDocument, PDFName, PDFNumber, type PDFObject, type PDFRef } from '@cantoo/pdf-lib';
import type { Copier } from './copier.ts';
import { redirect } from './destinations.ts';

/** A bookmark with those below it [ISO 32000-1, 12.3.3]. */
interface Bookmark {
  entries: PDFDict;
  isOpen: boolean;
  below: Bookmark[];
}

const bookmarksAtMost = 50_000;
const deepest = 50;
const name = (word: string) => PDFName.of(word);

/** The bookmarks of a document whose pages are taken, and those above them. */
export function copyBookmarks(copier: Copier): Bookmark[] {
  const seen = new Set<PDFDict>();
  const list = (first: PDFObject | undefined, depth: number): Bookmark[] => {
    const bookmarks: Bookmark[] = [];
    let item = first;
    while (item instanceof PDFDict && !seen.has(item) && seen.size < bookmarksAtMost) {
      seen.add(item);
      const below = depth < deepest ? list(item.lookup(name('First')), depth + 1) : [];
      const bookmark = copyBookmark(copier, item, below);
      if (bookmark) bookmarks.push(bookmark);
      item = item.lookup(name('Next'));
    }
    return bookmarks;
  };
  return list(copier.source.dict('Outlines')?.lookup(name('First')), 0);
}

function copyBookmark(copier: Copier, item: PDFDict, below: Bookmark[]): Bookmark | undefined {
  const entries = copier.target.obj({});
  for (const entry of ['Title', 'C', 'F', 'A', 'Dest']) {
    const value = item.get(name(entry));
    if (value) entries.set(name(entry), copier.copy(value));
  }
  const leads = redirect(copier, item, entries);
  const isHeading = !item.has(name('Dest')) && !item.has(name('A'));
  if (below.length === 0 && (leads === 'gone' || (isHeading && !copier.takesAllPages))) return undefined;
  const count = item.lookup(name('Count'));
  return { entries, isOpen: count instanceof PDFNumber && count.asNumber() > 0, below };
}

export function writeOutline({ catalog, context }: PDFDocument, bookmarks: Bookmark[]): void {
  if (bookmarks.length === 0) return;
  const outline = context.obj({ Type: 'Outlines' });
  const ref = context.register(outline);
  outline.set(name('Count'), PDFNumber.of(link(outline, ref, bookmarks)));
  catalog.set(name('Outlines'), ref);
}

/** Links bookmarks with each other and the one above; returns how many can be seen. */
function link(above: PDFDict, aboveRef: PDFRef, bookmarks: Bookmark[]): number {
  const refs = bookmarks.map(({ entries }) => entries.context.register(entries));
  let visible = bookmarks.length;
  for (const [index, { entries, isOpen, below }] of bookmarks.entries()) {
    entries.set(name('Parent'), aboveRef);
    const [previous, next] = [refs[index - 1], refs[index + 1]];
    if (previous) entries.set(name('Prev'), previous);
    if (next) entries.set(name('Next'), next);
    if (below.length === 0) continue;
    const inside = link(entries, refs[index] as PDFRef, below);
    entries.set(name('Count'), PDFNumber.of(isOpen ? inside : -inside));
    if (isOpen) visible += inside;
  }
  above.set(name('First'), refs[0] as PDFRef);
  above.set(name('Last'), refs.at(-1) as PDFRef);
  return visible;
}
