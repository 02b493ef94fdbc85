import { Readable } from 'node:stream';
import type { Principal } from '../../domain/company.ts';
import type { Conversion } from '../../domain/conversion.ts';
import { PrintError } from '../../domain/errors.ts';
import type { LocalConverter, Ports } from '../../ports/index.ts';
import { getJob, type JobAddress } from '../jobs/get-job.ts';

/*
 * A page of a job's document as a picture. It is made each time it is asked for and stored nowhere, so that nothing of a
 * document outlives it.
 */

export interface PageAddress extends JobAddress {
  /** from 1 */
  page: number;
  /** in pixels */
  width: number;
}

/** Larger documents are not read for a preview. */
const octetsAtMost = 64 * 1024 * 1024;

type PreviewPorts = Pick<Ports, 'jobs' | 'documents'> & { converter: LocalConverter };

/** Throws `conflict` before the document is ready, `not-found` after it was deleted, `unsupported` for printer languages. */
export async function previewPage(ports: PreviewPorts, principal: Principal, { page, width, ...address }: PageAddress) {
  const job = await getJob(ports, principal, address);
  const { document } = job;
  if (!document) throw new PrintError('conflict', 'The document of this job is not ready yet.');
  if (job.output?.isList) throw new PrintError('unsupported', 'This job makes several files, which have no preview.');
  const isImage = document.format.startsWith('image/');
  if (!isImage && document.format !== 'application/pdf') {
    throw new PrintError('unsupported', `There is no preview of ${document.format}: it goes to the printer as it is.`);
  }
  if (document.octets > octetsAtMost) throw new PrintError('too-large', 'Documents above 64 MB have no preview.');
  const read = async () => {
    const octets = await ports.documents.read(document.key);
    if (octets) return octets;
    throw new PrintError('not-found', 'The document of this job has been deleted. Its record is kept longer.');
  };

  const source = { kind: 'stored' as const, key: document.key };
  const pages = isImage ? await makeOne(ports, principal, { kind: 'images', documents: [source] }, read) : undefined;
  const pictures: Conversion = {
    kind: 'pictures',
    document: source,
    format: 'png',
    dpi: 72,
    width,
    checksPermissions: false,
    pageRanges: [{ from: page, to: page }],
  };
  return await makeOne(ports, principal, pictures, pages ? async () => Readable.from([pages]) : read);
}

/** One document that a person waits for: it is wanted until it is there. */
async function makeOne(
  { converter }: PreviewPorts,
  { companyId }: Principal,
  conversion: Conversion,
  read: () => Promise<Readable>,
): Promise<Uint8Array> {
  const context = { companyId, key: '', read, onStep: () => {}, isWanted: async () => true };
  const made = await converter.convert(conversion, context);
  const first = made && (made.bytes instanceof Uint8Array ? made.bytes : made.bytes[0]?.bytes);
  if (first) return first;
  throw new PrintError('document-format-error', 'This page cannot be shown.');
}
