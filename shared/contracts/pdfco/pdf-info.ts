import type { PdfInfo } from '../../core/domain/pdf-info.ts';

/** Information about a PDF, in the members of /v1/pdf/info [developer.pdf.co, PDF info reader]. */

export const infoCall = '/v1/pdf/info';

/** Bits of the entry P [ISO 32000-1, table 22]. */
const permissions = {
  PermissionPrinting: 0x4,
  PermissionModifyDocument: 0x8,
  PermissionContentExtraction: 0x10,
  PermissionModifyAnnotations: 0x20,
  PermissionFillForms: 0x100,
  PermissionAccessibility: 0x200,
  PermissionAssemble: 0x400,
  PermissionHighQualityPrint: 0x800,
};

/** @param text `PdfInfo` in JSON, as the conversion stored it */
export function infoOf(text: string) {
  const facts = JSON.parse(text) as PdfInfo;
  const { width, height } = facts.pageSize;
  const granted = facts.encryption?.permissionBits ?? -1;
  return {
    PageCount: facts.pageCount,
    Author: facts.author,
    Title: facts.title,
    Producer: facts.producer,
    Subject: facts.subject,
    CreationDate: dateText(facts.creationDate),
    Bookmarks: facts.hasBookmarks,
    Keywords: facts.keywords,
    Creator: facts.creator,
    Encrypted: facts.encryption !== undefined,
    PageRectangle: {
      Location: { IsEmpty: true, X: 0, Y: 0 },
      Size: `${width}, ${height}`,
      X: 0,
      Y: 0,
      Width: width,
      Height: height,
      Left: 0,
      Top: 0,
      Right: width,
      Bottom: height,
      IsEmpty: width === 0 || height === 0,
    },
    ModificationDate: dateText(facts.modificationDate),
    EncryptionAlgorithm: facts.encryption?.version ?? 0,
    ...Object.fromEntries(Object.entries(permissions).map(([name, bit]) => [name, (granted & bit) !== 0])),
  };
}

/** `8/11/2025 5:09:13 PM`, in UTC. */
function dateText(iso: string | undefined): string {
  if (!iso) return '';
  const text = new Date(iso).toLocaleString('en-US', { timeZone: 'UTC' });
  return text.replace(',', '').replaceAll('\u202f', ' ');
}
