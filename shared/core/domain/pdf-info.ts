/** Document properties of a PDF; missing ones are empty. */
export interface PdfInfo {
  pageCount: number;
  title: string;
  author: string;
  subject: string;
  keywords: string;
  creator: string;
  producer: string;
  /** ISO 8601, in UTC */
  creationDate?: string;
  modificationDate?: string;
  /** of the first page, in points, after rotation */
  pageSize: { width: number; height: number };
  hasBookmarks: boolean;
  /** the entries V and P of the encryption [ISO 32000-1, tables 20 and 21] */
  encryption?: { version: number; permissionBits: number };
}
