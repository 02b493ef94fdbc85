import type { CompanyId } from './ids.ts';

/*
 * A document that has to be made before it can be printed or collected, as a client asked for it. Kept as JSON in a
 * folder of its own in the document store, together with the octets that the client sent along: cookies and
 * credentials live here and nowhere else, and the folder goes when the document stands or the job has ended.
 *
 * Everything is data: lengths in millimetres, moments in milliseconds since 1970.
 */
export type Conversion = PageConversion | PdfConversion | FetchConversion;

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

/** 1-based, both ends included; without `to`, to the end. Numbers are those of the whole document. */
export interface PageRange {
  from: number;
  to?: number;
}

export type PagePass = 'all' | 'odd' | 'even';
export type Orientation = 'portrait' | 'landscape';

/** Sent to the origin of the address they stand beside, and to no other. */
export interface Access {
  cookies?: { name: string; value: string }[];
  credentials?: { username: string; password: string };
}

/** A line with codes, as ScriptX has it (`&p of &P`), or HTML. */
export type Band = { kind: 'codes'; line: string } | { kind: 'html'; html: string };

/** HTML inside the margins; a height of 0 is as high as it needs. */
export interface Fragment {
  html: string;
  height: number;
}

export interface HeadersAndFooters {
  header?: Band;
  footer?: Band;
  /** CSS declarations */
  font?: string;
  allPagesHeader?: Fragment;
  allPagesFooter?: Fragment;
  firstPageHeader?: Fragment;
  firstPageFooter?: Fragment;
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

/** A page by its address, or markup that stands for the page at `baseUrl`. */
export type PageSource =
  | { kind: 'url'; url: string }
  | { kind: 'html'; html: string; baseUrl?: string }
  | { kind: 'innerHtml'; html: string; baseUrl?: string };

/** An HTML page made into a PDF. */
export interface PageConversion extends Access {
  kind: 'page';
  content: PageSource;
  /** upright; without one, the printer's own */
  paper?: Size;
  orientation?: Orientation;
  /** sides left out are the page's own */
  margins?: Partial<Margins>;
  /** percent, or shrunk so that nothing is cut off on the right */
  scale?: number | 'fit-width';
  backgrounds: boolean;
  media: 'print' | 'screen';
  /** the load event and a quiet network, or only the document itself */
  fullLoad: boolean;
  /** whether the page's own scripts run */
  scripts: boolean;
  customScript?: string;
  headersAndFooters?: HeadersAndFooters;
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

/** Where a conversion and what belongs to it stand, as a prefix of keys. */
export const conversionFolder = (companyId: CompanyId, token: string) => `companies/${companyId}/conversions/${token}/`;
export const conversionKey = (folder: string) => `${folder}request`;
/** The octets that a client sent along with its request. */
export const inlineKey = (folder: string) => `${folder}document`;
export const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);
