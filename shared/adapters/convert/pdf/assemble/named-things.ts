import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFObject, PDFStream } from '@cantoo/pdf-lib';
import type { Copier } from './copier.ts';
import { freeName, nameEntries, nameTree } from './name-trees.ts';
import type { Source } from './source.ts';

/*
 * What catalogues list by name: attached files, such as the data of an electronic invoice, scripts that forms call, and
 * destinations that other documents link to.
 */

const name = (word: string) => PDFName.of(word);
const listed = ['EmbeddedFiles', 'JavaScript'] as const;

export class NamedThings {
  readonly #files = new Map<string, PDFObject>();
  readonly #scripts = new Map<string, PDFObject>();
  readonly #destinations = new Map<string, PDFObject>();
  readonly #associated: PDFObject[] = [];

  add(copier: Copier, withFiles: boolean): void {
    for (const list of listed) {
      const tree = copier.source.dict('Names', list);
      const into = list === 'EmbeddedFiles' ? this.#files : this.#scripts;
      if (!tree || (list === 'EmbeddedFiles' && !withFiles)) continue;
      for (const [key, value] of nameEntries(tree)) into.set(freeName(key, into.has.bind(into)), copier.copy(value));
    }
    const associated = copier.source.document.catalog.lookup(name('AF'));
    if (withFiles && associated instanceof PDFArray) {
      this.#associated.push(...associated.asArray().map(file => copier.copy(file)));
    }
  }

  addDestination(key: string, place: PDFObject): void {
    if (!this.#destinations.has(key)) this.#destinations.set(key, place);
  }

  write({ catalog, context }: PDFDocument): void {
    const trees = { EmbeddedFiles: this.#files, JavaScript: this.#scripts, Dests: this.#destinations };
    const names = context.obj({});
    for (const [list, entries] of Object.entries(trees)) {
      if (entries.size > 0) names.set(name(list), context.register(nameTree(context, entries)));
    }
    if (names.keys().length > 0) catalog.set(name('Names'), names);
    if (this.#associated.length > 0) catalog.set(name('AF'), context.obj(this.#associated));
  }
}

/** Octets of all attached files. */
export function attachedOctets(source: Source): number {
  const tree = source.dict('Names', 'EmbeddedFiles');
  let octets = 0;
  for (const [, value] of tree ? nameEntries(tree) : []) {
    const file = source.document.context.lookup(value);
    const streams = file instanceof PDFDict ? file.lookup(name('EF')) : undefined;
    const stream = streams instanceof PDFDict ? streams.lookup(name('F')) : undefined;
    if (stream instanceof PDFStream) octets += stream.getContentsSize();
  }
  return octets;
}
