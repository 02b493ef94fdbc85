import { buffer } from 'node:stream/consumers';
import type { Principal } from '../../domain/company.ts';
import { sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { JobTemplate } from '../../domain/job-template.ts';
import { pdfPageCount } from '../../domain/pdf-page-count.ts';
import type { Printer } from '../../domain/printer.ts';
import { asKnown } from '../../domain/printer-conditions.ts';
import { substitutionsOf } from '../../domain/substitutions.ts';
import type { CallbackPolicy, Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { checkWishes } from '../jobs/check-wishes.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { refuseFormat } from '../jobs/refuse-format.ts';
import { unknownUpload } from '../uploads/open-upload.ts';
import { findUpload } from './issued-address.ts';

/** A submission that is only checked. `made`: its document has to be fetched or rendered first. */
export type CheckedSubmission = Pick<
  JobRequest,
  'targets' | 'template' | 'hold' | 'expires' | 'printBefore' | 'callback'
> & { document: { bytes: Uint8Array } | { uploadId: string } | 'made' };

export interface SubmissionCheck {
  /** unknown of a document that has to be made */
  format?: string;
  octets?: number;
  /** of a PDF that says it, and of images */
  pageCount?: number;
  printers: { printer: Printer; substitutions: string[] }[];
}

/** Larger documents are not read for their pages. */
const countedOctets = 32 * 1024 * 1024;

/** Refuses what a submission would refuse, and says how it would be printed. Stores nothing. */
export async function checkSubmission(
  ports: Pick<Ports, 'registry' | 'clock' | 'uploads' | 'documents'> & { callbackPolicy?: CallbackPolicy },
  principal: Principal,
  { document, ...request }: CheckedSubmission,
): Promise<SubmissionCheck> {
  const printers = await acceptingPrinters(ports, principal, request);
  checkWishes(ports, request);
  const found = document === 'made' ? {} : await examine(ports, principal, document);
  if (found.format !== undefined) refuseFormat(printers, found.format);
  const locations = await ports.registry.listLocations(principal.companyId);
  return {
    ...found,
    printers: printers.map(printer => {
      const location = locations.find(({ locationId }) => locationId === printer.locationId);
      const template: JobTemplate = { ...printer.defaultTemplate, ...request.template };
      const substitutions = substitutionsOf(printer, template, found.format ?? 'application/pdf');
      return { printer: asKnown(printer, location), substitutions };
    }),
  };
}

async function examine(
  ports: Pick<Ports, 'uploads' | 'documents' | 'clock'>,
  principal: Principal,
  document: { bytes: Uint8Array } | { uploadId: string },
): Promise<Omit<SubmissionCheck, 'printers'>> {
  const bytes = 'bytes' in document ? document.bytes : await headOf(ports, principal, document.uploadId);
  if (bytes.length === 0) throw new PrintError('bad-value', 'The document is empty: the request has no body.');
  const format = sniffFormat(bytes);
  const octets = 'octets' in bytes ? (bytes.octets as number) : bytes.length;
  const pageCount = bytes.length < octets ? undefined : pagesOf(bytes, format);
  return { format, octets, ...(pageCount === undefined ? {} : { pageCount }) };
}

function pagesOf(bytes: Uint8Array, format: string): number | undefined {
  if (format === 'application/pdf') return pdfPageCount(bytes);
  return format === 'image/png' || format === 'image/jpeg' ? 1 : undefined;
}

/** The beginning of an upload, with the number of octets of all of it. */
async function headOf(
  ports: Pick<Ports, 'uploads' | 'documents' | 'clock'>,
  { companyId }: Principal,
  uploadId: string,
): Promise<Uint8Array> {
  const found = await findUpload(ports, { upload: uploadId });
  if (!found || found === 'gone' || !('upload' in found) || found.upload.companyId !== companyId) throw unknownUpload();
  const stored = await ports.documents.read(found.key, { from: 0, to: countedOctets });
  if (!stored) throw new PrintError('conflict', 'The upload is not complete: complete it before it is checked.');
  const octets = await ports.documents.octets(found.key);
  return Object.assign(await buffer(stored), { octets });
}
