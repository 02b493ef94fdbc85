import { RenderError } from '../../web/render-error.ts';
import type { PdfWorker } from './pdf-worker.ts';

/** Bits of the entry P that allow an action; any of them is enough [ISO 32000-1, table 22]. */
const bits = { print: 0x4, copy: 0x10, assemble: 0x400 | 0x8 } as const;
export type PdfAction = keyof typeof bits;

const refusals: Record<PdfAction, string> = {
  print: 'to be printed',
  copy: 'its text to be copied',
  assemble: 'its pages to be taken apart or put together',
};

/**
 * Refuses actions that the permissions of an encrypted PDF forbid. A caller with a password may be its owner.
 * @throws RenderError `restricted-pdf`, and as opening the PDF does
 */
export async function checkPermission(
  worker: PdfWorker,
  pdf: Uint8Array,
  password: string | undefined,
  action: PdfAction,
  deadlineMs: number,
): Promise<void> {
  if (password || !Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).includes('/Encrypt')) return;
  const { encryption } = await worker.run('pdfInfo', [pdf, password], deadlineMs);
  if (!encryption || (encryption.permissionBits & bits[action]) !== 0) return;
  throw new RenderError('restricted-pdf', `The owner of the PDF does not allow ${refusals[action]}.`);
}
