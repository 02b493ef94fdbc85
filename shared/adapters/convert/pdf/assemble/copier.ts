import { PDFArray, type PDFContext, PDFDict, PDFNull, type PDFObject, PDFRef, PDFStream } from '@cantoo/pdf-lib';
import type { Source } from './source.ts';

/**
 * Copies objects from one document to another, each once, with everything they refer to. Pages that are not taken, and
 * annotations on them, become null: a link must not bring along the page it leads to.
 */
export class Copier {
  readonly source: Source;
  readonly target: PDFContext;
  readonly #wanted: ReadonlySet<number>;
  readonly #copies = new Map<PDFRef, PDFRef>();
  readonly #waiting: [from: PDFRef, to: PDFRef][] = [];

  constructor(source: Source, target: PDFContext, pages: Iterable<number>) {
    this.source = source;
    this.target = target;
    this.#wanted = new Set(pages);
  }

  get takesAllPages(): boolean {
    return this.#wanted.size === this.source.pageCount;
  }

  isTaken(ref: PDFRef): boolean {
    const page = this.source.pageOf(ref);
    return page === undefined || this.#wanted.has(page);
  }

  /** Where the copy of an object will be; for the caller to put it there. */
  place(ref: PDFRef): PDFRef {
    const place = this.#copies.get(ref) ?? this.target.nextRef();
    this.#copies.set(ref, place);
    return place;
  }

  /** The copy of an object. What it refers to is copied before this returns, but never by way of the call stack. */
  copy<Copied extends PDFObject>(object: Copied): Copied {
    const copied = this.#shallow(object);
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      const [from, to] = next;
      const original = this.source.document.context.lookup(from);
      this.target.assign(to, original ? this.#shallow(original) : PDFNull);
    }
    return copied as Copied;
  }

  #shallow(object: PDFObject): PDFObject {
    if (object instanceof PDFRef) return this.#refer(object);
    if (object instanceof PDFArray) {
      const array = PDFArray.withContext(this.target);
      for (const element of object.asArray()) array.push(this.#shallow(element));
      return array;
    }
    if (object instanceof PDFStream) {
      const stream = object.clone(this.target);
      for (const [key, value] of object.dict.entries()) stream.dict.set(key, this.#shallow(value));
      return stream;
    }
    if (object instanceof PDFDict) {
      const dict = this.target.obj({});
      for (const [key, value] of object.entries()) dict.set(key, this.#shallow(value));
      return dict;
    }
    return object.clone(this.target);
  }

  #refer(ref: PDFRef): PDFObject {
    if (!this.isTaken(ref)) return PDFNull;
    const known = this.#copies.get(ref);
    if (known) return known;
    const place = this.place(ref);
    this.#waiting.push([ref, place]);
    return place;
  }
}
