import type { CompanyId } from './ids.ts';

/*
 * A document that has to be produced before it can be printed or collected, as the client requested it. Stored as JSON
 * in its own folder of the document store, with the octets that the client sent. Cookies and credentials are stored
 * only here, and the folder is deleted when the document is ready or the job has ended.
 *
 * Everything is data: lengths in millimetres, times in milliseconds since 1970.
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
 * Pages by their number in the whole document, from 1, both ends included. Negative numbers count from the end: -1 is
 * the last page. Without `to`, the range extends to the end.
 */
export interface PageRange {
  from: number;
  to?: number;
}

/** Pass of a manual duplex job: odd or even pages by their number in the whole document. */
export type PagePass = 'all' | 'odd' | 'even';
export type Orientation = 'portrait' | 'landscape';

/** Credentials are sent to the origin of the address they belong to, and to no other. */
export interface Access {
  cookies?: { name: string; value: string }[];
  credentials?: { username: string; password: string };
}

/** A line with ScriptX codes (`&p of &P`), or HTML as in PDF.co. */
export type Band = { kind: 'codes'; line: string } | { kind: 'html'; html: string };

/** HTML inside the margins; with a height of 0, as high as its content. */
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
  /** replaces `allPagesHeader` on the first page */
  firstPageHeader?: Fragment;
  firstPageFooter?: Fragment;
  /** above the first page's footer */
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

/** Data for Mustache templates, applied before rendering; any JSON value. */
export type TemplateData = unknown;

/** A page by its address, or markup whose relative URLs resolve against `baseUrl`. */
export type PageSource =
  | { kind: 'url'; url: string }
  | { kind: 'html'; html: string; baseUrl?: string; template?: TemplateData }
  | { kind: 'innerHtml'; html: string; baseUrl?: string };

/** Renders an HTML page to PDF. */
export interface PageConversion extends Access {
  kind: 'page';
  content: PageSource;
  /** default: the printer's paper */
  paper?: Size;
  /** the document's own `@page` sizes replace `paper`, since the request names none */
  ownPageSize?: boolean;
  /** default: portrait or landscape as the paper size is given */
  orientation?: Orientation;
  /** missing sides come from the page's own style sheets */
  margins?: Partial<Margins>;
  /** percent, or scaled down so that nothing is cut off on the right */
  scale?: number | 'fit-width';
  backgrounds: boolean;
  media: 'print' | 'screen';
  /** wait for the load event and an idle network, or only for DOMContentLoaded */
  fullLoad: boolean;
  /** whether the page's own scripts run */
  scripts: boolean;
  /** runs in the page after it has loaded, even when `scripts` is false */
  customScript?: string;
  headersAndFooters?: HeadersAndFooters;
  /** the PDF has structure tags for screen readers, and bookmarks of its headings */
  tagged?: boolean;
  /** page numbers of the whole document; headers and footers keep these numbers */
  pageRanges?: PageRange[];
  pagePass?: PagePass;
}

/**
 * Where octets come from: sent with the request and stored in the conversion's folder; another document of the same
 * company, which is left in place; or an address to fetch.
 */
export type OctetSource =
  | { kind: 'inline' }
  | { kind: 'stored'; key: string }
  | ({ kind: 'url'; url: string } & Access);

/** Selects pages of a PDF and, if a paper size is given, fits them to the paper. */
export interface PdfConversion {
  kind: 'pdf';
  document: OctetSource;
  password?: string;
  pageRanges?: PageRange[];
  pagePass?: PagePass;
  /** portrait dimensions; default: every page keeps its size */
  paper?: Size;
  orientation?: Orientation;
  scaling?: 'none' | 'fit' | 'shrink';
  /** rotate pages whose orientation differs from the paper's, and centre all pages */
  rotateAndCentre?: boolean;
}

/** Fetches a document and prints it unchanged, such as labels in a printer language. */
export interface FetchConversion {
  kind: 'fetch';
  document: OctetSource;
}

/** Converts images to one PDF, one image a page. */
export interface ImagesConversion {
  kind: 'images';
  documents: OctetSource[];
  /** default: each page has the size of its image */
  paper?: Size;
  orientation?: Orientation;
  margins?: Margins;
}

/** Merges documents to one PDF, in order: PDFs only, or any format that converts to PDF, including archives. */
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
  /** whether to refuse operations that the owner of an encrypted document forbids */
  checksPermissions: boolean;
}

/** Splits a PDF into several files. */
export interface SplitConversion extends PdfReading {
  kind: 'split';
  by: SplitBy;
}

/** By groups of pages; every page; or before each page that contains a text. */
export type SplitBy =
  | { kind: 'groups'; groups: PageRange[] }
  | { kind: 'each' }
  | { kind: 'text'; text: string; isPattern: boolean; ignoresCase: boolean; withoutMatch: boolean };

/** Reads the properties of a PDF as JSON. */
export interface InfoConversion extends PdfReading {
  kind: 'info';
}

/** Extracts the text of pages. */
export interface TextConversion extends PdfReading {
  kind: 'text';
  pageRanges: PageRange[];
}

/** Renders pages to image files. */
export interface PicturesConversion extends PdfReading {
  kind: 'pictures';
  format: 'png' | 'jpeg';
  dpi: number;
  /** of a picture in pixels, in place of `dpi`, with few colours and as small as a preview may be */
  width?: number;
  /** the document is an image: its picture shows the page that it is printed on */
  isImage?: boolean;
  pageRanges: PageRange[];
}

/** Computes the MD5 of a document, in hexadecimal. */
export interface HashConversion {
  kind: 'hash';
  document: OctetSource;
}

/** Renders a barcode as a PNG, or on a PDF page. */
export interface BarcodeConversion {
  kind: 'barcode';
  /** symbology name of the barcode library */
  symbology: string;
  text: string;
  as: 'png' | 'pdf';
}

/** All sources of a conversion, except pages and their subresources. */
export function sourcesOf(conversion: Conversion): OctetSource[] {
  if ('documents' in conversion) return conversion.documents;
  return 'document' in conversion ? [conversion.document] : [];
}

/** Replaces the sources, in the same order. */
export function withSources<C extends Conversion>(conversion: C, sources: OctetSource[]): C {
  if ('documents' in conversion) return { ...conversion, documents: sources };
  return 'document' in conversion ? { ...conversion, document: sources[0] as OctetSource } : conversion;
}

/** Key prefix of a conversion and the octets that belong to it. */
export const conversionFolder = (companyId: CompanyId, token: string) => `companies/${companyId}/conversions/${token}/`;
export const conversionKey = (folder: string) => `${folder}request`;
/** What a converter elsewhere has made, before it is stored as the job's output. */
export const madeKey = (folder: string) => `${folder}made`;
/** The octets that the client sent with its request. */
export const inlineKey = (folder: string) => `${folder}document`;
export const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);
