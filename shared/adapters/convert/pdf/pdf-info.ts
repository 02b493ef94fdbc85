import type { PdfInfo } from '../../../core/domain/pdf-info.ts';
import { documentIn, openForChange } from './pdf-writer.ts';
import { seenPart } from './seen-part.ts';

/**
 * Reads the information of a PDF.
 * @throws RenderError `encrypted-pdf` when it cannot be opened without another password, `bad-pdf`
 */
export async function pdfInfo(pdf: Uint8Array, password?: string): Promise<PdfInfo> {
  const document = await openForChange(pdf, password);
  const { PDFName } = await import('@cantoo/pdf-lib');
  const page = document.getPage(0);
  const { box, unit } = await seenPart(page);
  const [width, height] = [box.width * unit, box.height * unit];
  const isTurned = page.getRotation().angle % 180 !== 0;
  return {
    pageCount: document.getPageCount(),
    title: document.getTitle() ?? '',
    author: document.getAuthor() ?? '',
    subject: document.getSubject() ?? '',
    keywords: document.getKeywords() ?? '',
    creator: document.getCreator() ?? '',
    producer: document.getProducer() ?? '',
    creationDate: readable(() => document.getCreationDate()),
    modificationDate: readable(() => document.getModificationDate()),
    pageSize: isTurned ? { width: height, height: width } : { width, height },
    hasBookmarks: document.catalog.get(PDFName.of('Outlines')) !== undefined,
    encryption: await encryptionOf(pdf),
  };
}

/** Dates in PDFs are often invalid. */
function readable(read: () => Date | undefined): string | undefined {
  try {
    return read()?.toISOString();
  } catch {
    return undefined;
  }
}

/** Opening takes the entry away with the encryption, so it is looked for without opening. */
async function encryptionOf(pdf: Uint8Array): Promise<PdfInfo['encryption']> {
  const { PDFDict, PDFDocument, PDFName, PDFNumber } = await import('@cantoo/pdf-lib');
  if (!Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).includes('/Encrypt')) return undefined;
  const { context } = await PDFDocument.load(documentIn(pdf), { ignoreEncryption: true, updateMetadata: false });
  const entry = context.lookupMaybe(context.trailerInfo.Encrypt, PDFDict);
  if (!entry) return undefined;
  const number = (name: string) => entry.lookupMaybe(PDFName.of(name), PDFNumber)?.asNumber() ?? 0;
  return { version: number('V'), permissionBits: number('P') };
}
