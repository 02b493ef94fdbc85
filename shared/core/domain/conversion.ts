import type { CompanyId } from './ids.ts';

/*
 * A document that has to be made before it can be printed or collected, as a client asked for it. Kept as JSON in a
 * folder of its own in the document store, together with the octets that the client sent along: cookies and
 * credentials live here and nowhere else, and the folder goes when the document stands or the job has ended.
 *
 * Everything is data: lengths in millimetres, moments in milliseconds since 1970.
 */
export type Conversion =
  | PageConversion
  | PdfConversion
  | FetchConversion
  | ImagesConversion
  | MergeConversion
  | SplitConversion
  | InfoConversion
  | TextConversion
  | PicturesConversion
  | HashConversion
  | BarcodeConversion;

export interface Size {
  width: number;
  height: number;
}

export interface Margins {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

/**
 * Pages by their number in the whole document, from 1, both ends included. Negative numbers count from the end, -1 is
 * the last page; without `to` it is to the end.
 */
export interface PageRange {
  from: number;
  to?: number;
}

/** The pass of duplex by hand: odd or even pages by their number in the whole document. */
export type PagePass = 'all' | 'odd' | 'even';
export type Orientation = 'portrait' | 'landscape';

/** Sent to the origin of the address they stand beside, and to no other. */
export interface Access {
  cookies?: { name: string; value: string }[];
  credentials?: { username: string; password: string };
}

/** A line with codes, as ScriptX has it (`&p of &P`), or HTML, as PDF.co has it. */
export type Band = { kind: 'codes'; line: string } | { kind: 'html'; html: string };

/** HTML inside the margins; a height of 0 is as high as it needs. */
export interface Fragment {
  html: string;
  height: number;
}

export interface HeadersAndFooters {
  /** in the top and bottom margin of every page */
  header?: Band;
  footer?: Band;
  /** CSS declarations for both */
  font?: string;
  allPagesHeader?: Fragment;
  allPagesFooter?: Fragment;
  /** takes the place of the one for all pages */
  firstPageHeader?: Fragment;
  firstPageFooter?: Fragment;
  /** stands above the first page's footer */
  extraFirstPageFooter?: Fragment;
  /** BCP 47 */
  locale?: string;
  /** .NET patterns */
  shortDateFormat?: string;
  longDateFormat?: string;
  timeFormat?: string;
  /** minutes west of UTC, as JavaScript's getTimezoneOffset, or hours */
  timezoneOffset?: number;
}

/** Markup with Mustache's marks is filled in with this before it is shown; any JSON. */
export type TemplateData = unknown;

/** A page by its address, or markup that stands for the page at `baseUrl`. */
export type PageSource =
  | { kind: 'url'; url: string }
  | { kind: 'html'; html: string; baseUrl?: string; template?: TemplateData }
  | { kind: 'innerHtml'; html: string; baseUrl?: string };

/** An HTML page made into a PDF. */
export interface PageConversion extends Access {
  kind: 'page';
  content: PageSource;
  /** without one, the printer's own */
  paper?: Size;
  /** without one, the paper lies as it is given */
  orientation?: Orientation;
  /** sides left out are the page's own, from its style sheets */
  margins?: Partial<Margins>;
  /** percent, or shrunk so that nothing is cut off on the right */
  scale?: number | 'fit-width';
  backgrounds: boolean;
  media: 'print' | 'screen';
  /** the load event and a quiet network, or only the document itself */
  fullLoad: boolean;
  /** whether the page's own scripts run */
  scripts: boolean;
  /** run in the page when it is loaded, also when its own scripts are not */
  customScript?: string;
  headersAndFooters?: HeadersAndFooters;
  /** numbers of the whole document, which headers and footers keep */
  pageRanges?: PageRange[];
  pagePass?: PagePass;
}

/**
 * Octets that came with the request and lie in the conversion's own folder; a document of the same company that stands
 * elsewhere in the store and stays there; or an address to fetch them from.
 */
export type OctetSource =
  | { kind: 'inline' }
  | { kind: 'stored'; key: string }
  | ({ kind: 'url'; url: string } & Access);

/** A PDF made into the PDF that is wanted: its pages chosen, and laid on paper if paper is named. */
export interface PdfConversion {
  kind: 'pdf';
  document: OctetSource;
  password?: string;
  pageRanges?: PageRange[];
  pagePass?: PagePass;
  /** upright; without one, every page keeps its size */
  paper?: Size;
  orientation?: Orientation;
  scaling?: 'none' | 'fit' | 'shrink';
  /** pages that lie the other way than the paper are turned, and all are centred */
  rotateAndCentre?: boolean;
}

/** A document that is printed as it comes from its address, such as labels in a printer's own language. */
export interface FetchConversion {
  kind: 'fetch';
  document: OctetSource;
}

/** Images to one PDF, one on each page. */
export interface ImagesConversion {
  kind: 'images';
  documents: OctetSource[];
  /** without one, each page is as large as its image */
  paper?: Size;
  orientation?: Orientation;
  margins?: Margins;
}

/** Documents to one PDF, in order: PDFs only, or whatever a PDF can be made of, archives of them included. */
export interface MergeConversion {
  kind: 'merge';
  documents: OctetSource[];
  takes: 'pdf' | 'any';
  password?: string;
  checksPermissions: boolean;
}

interface PdfReading {
  document: OctetSource;
  password?: string;
  /** whether what the owner of an encrypted document forbids is refused */
  checksPermissions: boolean;
}

/** A PDF to several, as files. */
export interface SplitConversion extends PdfReading {
  kind: 'split';
  by: SplitBy;
}

/** Groups of pages; each page by itself; or before each page on which a text stands. */
export type SplitBy =
  | { kind: 'groups'; groups: PageRange[] }
  | { kind: 'each' }
  | { kind: 'text'; text: string; isPattern: boolean; ignoresCase: boolean; withoutMatch: boolean };

/** What a PDF says about itself, as JSON. */
export interface InfoConversion extends PdfReading {
  kind: 'info';
}

/** The text of pages. */
export interface TextConversion extends PdfReading {
  kind: 'text';
  pageRanges: PageRange[];
}

/** Pages as pictures, as files. */
export interface PicturesConversion extends PdfReading {
  kind: 'pictures';
  format: 'png' | 'jpeg';
  dpi: number;
  pageRanges: PageRange[];
}

/** The MD5 of a document, in hexadecimal. */
export interface HashConversion {
  kind: 'hash';
  document: OctetSource;
}

/** A barcode as a PNG, or on a page of its own. */
export interface BarcodeConversion {
  kind: 'barcode';
  /** by the library's name */
  symbology: string;
  text: string;
  as: 'png' | 'pdf';
}

/** Everything that a conversion fetches or reads, but for pages and what they hold. */
export function sourcesOf(conversion: Conversion): OctetSource[] {
  if ('documents' in conversion) return conversion.documents;
  return 'document' in conversion ? [conversion.document] : [];
}

/** The same conversion with other sources, in the same order. */
export function withSources<C extends Conversion>(conversion: C, sources: OctetSource[]): C {
  if ('documents' in conversion) return { ...conversion, documents: sources };
  return 'document' in conversion ? { ...conversion, document: sources[0] as OctetSource } : conversion;
}

/** Where a conversion and what belongs to it stand, as a prefix of keys. */
export const conversionFolder = (companyId: CompanyId, token: string) => `companies/${companyId}/conversions/${token}/`;
export const conversionKey = (folder: string) => `${folder}request`;
/** The octets that a client sent along with its request. */
export const inlineKey = (folder: string) => `${folder}document`;
export const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);
