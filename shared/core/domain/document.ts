import type { CompanyId, JobId, UploadId } from './ids.ts';

/** A document in the document store. */
export interface StoredDocument {
  /** begins with the company, which separates the keys of companies */
  key: string;
  octets: number;
  /** SHA-256, lower-case hex */
  sha256: string;
  /** media type, sniffed from the octets; the client's claim is ignored */
  format: string;
}

/** Whole-file compression in CirrusPrint: zlib [RFC 1950] or gzip [RFC 1952]. */
export type Compression = 'zlib' | 'gzip';

/** Upper limit of a document, before and after decompression. */
export const maximumDocumentOctets = 2 * 1024 ** 3;

export const documentKey = (companyId: CompanyId, token: string) => `companies/${companyId}/documents/${token}`;
/**
 * A file that a client puts at an address by itself, apart from the documents: what arrives after its upload has ended is
 * not known to the service, and a rule of the store deletes it.
 */
export const putFileKey = (companyId: CompanyId, uploadId: UploadId) => `uploads/${companyId}/${uploadId}/file`;
/** The prefixes of all keys of a company. */
export const companyPrefixes = (companyId: CompanyId) => [`companies/${companyId}/`, `uploads/${companyId}/`];
/** Each attempt to produce a job's document has its own key, since two attempts may differ in an octet. */
export const outputKey = (companyId: CompanyId, jobId: JobId, token: string) =>
  `companies/${companyId}/outputs/${jobId}/${token}`;

const signatures: [format: string, magic: string][] = [
  ['application/pdf', '%PDF-'],
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF8'],
  ['image/tiff', 'II*\0'],
  ['image/tiff', 'MM\0*'],
  ['image/pwg-raster', 'RaS2'],
  ['image/urf', 'UNIRAST\0'],
];

/** What drivers and editors put before a document: a byte order mark, blank lines, Ctrl-D to end the job before. */
const preamble = /^(?:\xef\xbb\xbf)?[\s\x04\0]*/;

/**
 * Printers' languages, behind a preamble. ZPL seldom begins with ^XA: drivers send control commands first, such as
 * CT~~CD,~CC^~CT~, ~SD20 or ~DG for graphics, or wrap it in ${ }$ [Zebra ZPL II Programming Guide].
 */
const languages: [format: string, start: RegExp][] = [
  ['application/postscript', /^%!/],
  ['application/vnd.hp-pjl', /^\x1b%-12345X|^@PJL\b/],
  ['application/vnd.hp-pclxl', /^\) HP-PCL XL/],
  ['application/vnd.hp-pcl', /^\x1b(?:E|[&*(]\w\d)/],
  [
    'application/vnd.zebra-zpl',
    /^(?:\$\{)?(?:CT~~CD,|~[A-Z]{2}[^\r\n~^]*|\^(?!XA)[A-Z]{2}[^\r\n~^]*|~CC\^|~CT~|\s)*\^XA/i,
  ],
  ['application/vnd.zebra-zpl', /^~D[GYBUE][A-Z]:/i],
  ['application/vnd.epson.escpos', /^\x1b@/],
  ['application/vnd.zebra-epl', /^N\r?\n(?:[A-Za-z][\d,].*\r?\n|$)/],
];

/** How many leading octets are needed to sniff. */
export const sniffedOctets = 1024;

/**
 * Detects the media type from the first octets. Printers receive this type: a client's claim is often a guess, and a
 * printer given a wrong type prints pages of symbols.
 */
export function sniffFormat(head: Uint8Array): string {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, sniffedOctets)).toString('latin1');
  const found = signatures.find(([, magic]) => text.startsWith(magic));
  if (found) return found[0];
  if (text.slice(4, 12) === 'ftypavif') return 'image/avif';
  if (/^ftyp(hei[cxms]|hev[cx]|mif1)/.test(text.slice(4, 12))) return 'image/heic';
  const bare = text.replace(preamble, '');
  const language = languages.find(([, start]) => start.test(bare));
  if (language) return language[0];
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  // PDF readers accept a header anywhere in the first 1024 octets [ISO 32000-1, Annex H, note 13]
  if (text.includes('%PDF-')) return 'application/pdf';
  const isText = text.length > 0 && !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text);
  return isText ? 'text/plain' : 'application/octet-stream';
}

/** File name extension by media type, without the dot; empty for unknown types. */
export function extensionOf(format: string): string {
  return extensions[format] ?? '';
}

const extensions: Record<string, string> = {
  'application/pdf': 'pdf',
  'application/postscript': 'ps',
  'application/vnd.hp-pcl': 'pcl',
  'application/vnd.hp-pclxl': 'pxl',
  'application/vnd.hp-pjl': 'prn',
  'application/vnd.zebra-zpl': 'zpl',
  'application/vnd.zebra-epl': 'epl',
  'application/vnd.epson.escpos': 'bin',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/tiff': 'tif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/heic': 'heic',
  'image/pwg-raster': 'pwg',
  'image/urf': 'urf',
  'text/plain': 'txt',
  'text/html': 'html',
  'text/csv': 'csv',
  'application/json': 'json',
  'application/zip': 'zip',
};

/**
 * Media type for a download. The file name refines what the octets leave open, such as JSON within text, and never
 * overrides them.
 */
export function formatOfFile(fileName: string, sniffed: string): string {
  if (sniffed !== 'text/plain' && sniffed !== 'application/octet-stream') return sniffed;
  const extension = /\.([a-z0-9]{1,8})$/i.exec(fileName)?.[1]?.toLowerCase();
  const named = Object.entries(extensions).find(([, name]) => name === extension)?.[0] ?? sniffed;
  const isSaidText = named.startsWith('text/') || named === 'application/json';
  return isSaidText === (sniffed === 'text/plain') ? named : sniffed;
}

/** Formats that are sent to the printer unchanged and are never parsed. */
export const isPrinterLanguage = (format: string) =>
  !format.startsWith('image/') && format !== 'application/pdf' && format !== 'text/html';
