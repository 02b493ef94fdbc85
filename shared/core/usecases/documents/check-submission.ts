import { buffer } from 'node:stream/consumers';
import type { Principal } from '../../domain/company.ts';
import type { Conversion } from '../../domain/conversion.ts';
import { sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { JobTemplate } from '../../domain/job-template.ts';
import { pdfPageCount } from '../../domain/pdf-page-count.ts';
import type { Printer } from '../../domain/printer.ts';
import { substitutionsOf } from '../../domain/substitutions.ts';
import type { CallbackPolicy, Converter, Ports } from '../../ports/index.ts';
import { acceptingPrinters } from '../jobs/accepting-printers.ts';
import { checkWishes } from '../jobs/check-wishes.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { refuseFormat } from '../jobs/refuse-format.ts';
import { withStates } from '../relays/manage-printers.ts';
import { unknownUpload } from '../uploads/open-upload.ts';
import { callSeconds, convertDuringCall, firstMade } from './convert-during-call.ts';
import { fitToPrinter } from './fit-to-printer.ts';
import { findUpload } from './issued-address.ts';

/** A submission that is only checked. */
export type CheckedSubmission = Pick<
  JobRequest,
  'targets' | 'template' | 'hold' | 'expires' | 'printBefore' | 'callback'
> & { document: { bytes: Uint8Array } | { uploadId: string } | { conversion: Conversion } };

/** What is known of a document. */
interface Findings {
  /** unknown of a document that takes too long to make */
  format?: string;
  octets?: number;
  /** of a PDF that says it, and of images */
  pageCount?: number;
  /** sentences about the document that was made, or why it was not */
  warnings: string[];
}

export interface SubmissionCheck extends Findings {
  printers: { printer: Printer; substitutions: string[] }[];
}

/** Larger documents are not read for their pages. */
const countedOctets = 32 * 1024 * 1024;

type CheckPorts = Pick<Ports, 'registry' | 'clock' | 'uploads' | 'documents'> & {
  callbackPolicy?: CallbackPolicy;
  converter: Converter;
};

/**
 * Refuses what a submission would refuse, and what would end its job before it is printed. Says how it would be printed.
 * Stores nothing.
 */
export async function checkSubmission(
  ports: CheckPorts,
  principal: Principal,
  { document, ...request }: CheckedSubmission,
): Promise<SubmissionCheck> {
  const printers = await acceptingPrinters(ports, principal, request);
  checkWishes(ports, request);
  const found =
    'conversion' in document
      ? await make(ports, principal, fitToPrinter(printers[0], request.template, document.conversion).conversion)
      : await examine(ports, principal, document);
  if (found.format !== undefined) refuseFormat(printers, found.format);
  const locations = await ports.registry.listLocations(principal.companyId);
  return {
    ...found,
    printers: withStates(printers, locations).map(printer => {
      const template: JobTemplate = { ...printer.defaultTemplate, ...request.template };
      return { printer, substitutions: substitutionsOf(printer, template, found.format ?? 'application/pdf') };
    }),
  };
}

/** Makes the document, if that is done while the client waits. */
async function make(ports: CheckPorts, { companyId }: Principal, conversion: Conversion): Promise<Findings> {
  const made = await convertDuringCall(ports, companyId, conversion, async () => undefined);
  if (!made)
    return { warnings: [`The document takes longer than ${callSeconds} seconds to make: it was not checked.`] };
  const { pageCount, warnings } = made;
  const bytes = firstMade(made);
  if (!(bytes instanceof Uint8Array)) return { pageCount, warnings };
  return { ...findingsOf(bytes, bytes.length, pageCount), warnings };
}

async function examine(
  ports: Pick<Ports, 'uploads' | 'documents' | 'clock'>,
  principal: Principal,
  document: { bytes: Uint8Array } | { uploadId: string },
): Promise<Findings> {
  if ('bytes' in document) return findingsOf(document.bytes, document.bytes.length);
  const { head, octets } = await headOf(ports, principal, document.uploadId);
  return findingsOf(head, octets);
}

function findingsOf(head: Uint8Array, octets: number, known?: number): Findings {
  if (octets === 0) throw new PrintError('bad-value', 'The document is empty: the request has no body.');
  const format = sniffFormat(head);
  const pageCount = known ?? (head.length < octets ? undefined : pagesOf(head, format));
  return { format, octets, pageCount, warnings: [] };
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
): Promise<{ head: Uint8Array; octets: number }> {
  const found = await findUpload(ports, { upload: uploadId });
  if (!found || found === 'gone' || !('upload' in found) || found.upload.companyId !== companyId) throw unknownUpload();
  const stored = await ports.documents.read(found.key, { from: 0, to: countedOctets });
  if (!stored) throw new PrintError('conflict', 'The upload is not complete: complete it before it is checked.');
  const head = await buffer(stored);
  return { head, octets: (await ports.documents.octets(found.key)) ?? head.length };
}
