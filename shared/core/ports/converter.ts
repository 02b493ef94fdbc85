import type { Readable } from 'node:stream';
import type { Conversion, OctetSource } from '../domain/conversion.ts';
import type { PreparationStep } from '../domain/job.ts';

/** What a conversion may ask for and tell while it is under way. */
export interface ConversionContext {
  /** Octets that the conversion names as `inline` or `stored`; undefined when they are not there. */
  read(document: Exclude<OctetSource, { kind: 'url' }>): Promise<Readable | undefined>;
  onStep(step: PreparationStep): void;
  /** Asked about once a second; false ends the work. */
  isWanted(): Promise<boolean>;
}

export interface Converted {
  /** one document, or several files */
  bytes: Uint8Array | ConvertedFile[];
  pageCount?: number;
  /** sentences for the person who sent the job */
  warnings: string[];
}

export interface ConvertedFile {
  /** what comes after the stem of the whole's name: `_page1-2.pdf` */
  suffix: string;
  bytes: Uint8Array;
}

/** Makes documents. Needs a browser and much memory, so only `prepare` is given one. */
export interface Converter {
  /**
   * Ends within minutes, whatever the document does. Throws PrintError for a document that cannot be made, with a
   * message that helps; undefined when it is no longer wanted.
   */
  convert(conversion: Conversion, context: ConversionContext): Promise<Converted | undefined>;
}
