import { PDFArray, PDFDict, type PDFDocument, PDFName, PDFRef } from '@cantoo/pdf-lib';
import { type Destination, namedDestinations } from './named-destinations.ts';

/** A document from which pages are taken, perhaps several times: what is looked up in it is found once. */
export class Source {
  readonly document: PDFDocument;
  readonly #pageOf = new Map<PDFRef, number>();
  #destinations: Map<string, Destination> | undefined;

  constructor(document: PDFDocument) {
    this.document = document;
    for (const [index, page] of document.getPages().entries()) {
      this.#pageOf.set(page.ref, index);
      const annotations = page.node.lookup(PDFName.of('Annots'));
      if (!(annotations instanceof PDFArray)) continue;
      for (const annotation of annotations.asArray()) {
        if (annotation instanceof PDFRef) this.#pageOf.set(annotation, index);
      }
    }
  }

  get pageCount(): number {
    return this.document.getPageCount();
  }

  /** The index of the page that an object is, or on which it is an annotation. */
  pageOf(ref: PDFRef): number | undefined {
    return this.#pageOf.get(ref);
  }

  get destinations(): Map<string, Destination> {
    this.#destinations ??= namedDestinations(this.document);
    return this.#destinations;
  }

  /** A dictionary of the catalogue, or of one of its dictionaries. */
  dict(...path: string[]): PDFDict | undefined {
    let dict: PDFDict = this.document.catalog;
    for (const name of path) {
      const next = dict.lookup(PDFName.of(name));
      if (!(next instanceof PDFDict)) return undefined;
      dict = next;
    }
    return dict;
  }
}
