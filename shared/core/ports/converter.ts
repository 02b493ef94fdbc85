import type { Readable } from 'node:stream';
import type { Conversion, OctetSource } from '../domain/conversion.ts';
import type { CompanyId } from '../domain/ids.ts';
import type { PreparationStep } from '../domain/job.ts';

/** What a conversion reads and reports while it runs. */
export interface ConversionContext {
  /** whose document it is: what one company's documents do is kept from those of others */
  companyId: CompanyId;
  /**
   * Where the conversion is stored, for a converter that is elsewhere. Without it the conversion passes in the request and
   * what it makes in the answer, in memory and at most 4.3 MB: `too-large` beyond.
   */
  key?: string;
  /** Octets of an `inline` or `stored` source; undefined if they do not exist. */
  read(document: Exclude<OctetSource, { kind: 'url' }>): Promise<Readable | undefined>;
  onStep(step: PreparationStep): void;
  /** Called about once a second; false stops the conversion. */
  isWanted(): Promise<boolean>;
}

export interface Converted<Content = Uint8Array> {
  /** one document, or several files */
  bytes: Content | ConvertedFile<Content>[];
  pageCount?: number;
  /** sentences for the user who submitted the job */
  warnings: string[];
}

/** Held in memory, or read as often as needed. */
export type Octets = Uint8Array | (() => Promise<Readable>);

export interface ConvertedFile<Content = Uint8Array> {
  /** the part of the file name after the stem: `_page1-2.pdf` */
  suffix: string;
  bytes: Content;
}

/** A converter whose results are in memory. */
export interface LocalConverter {
  /** As below. Throws ProcessesEnded for a document that ends what makes it. */
  convert(conversion: Conversion, context: ConversionContext): Promise<Converted | undefined>;
}

/** Produces documents: by processes without rights on one machine, by a function without rights in AWS. */
export interface Converter {
  /**
   * Returns within minutes for any document. Throws PrintError, with a message that helps the user, if the document
   * cannot be produced; `busy` if the company has too many under way. Returns undefined if it is no longer wanted.
   */
  convert(conversion: Conversion, context: ConversionContext): Promise<Converted<Octets> | undefined>;
}
