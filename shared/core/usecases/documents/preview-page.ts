import type { Principal } from '../../domain/company.ts';
import type { Conversion } from '../../domain/conversion.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Converter, Ports } from '../../ports/index.ts';
import { getJob, type JobAddress } from '../jobs/get-job.ts';
import { callSeconds, convertDuringCall, firstMade } from './convert-during-call.ts';
import { documentDeleted } from './issued-address.ts';

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

type PreviewPorts = Pick<Ports, 'jobs' | 'documents' | 'clock'> & { converter: Converter };

/**
 * Throws `conflict` before the document is ready, `not-found` after it was deleted, `unsupported` for printer languages,
 * `timeout` for a page that takes too long.
 */
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
  if ((await ports.documents.octets(document.key)) === undefined) {
    throw new PrintError('not-found', documentDeleted(job));
  }
  const conversion: Conversion = {
    kind: 'pictures',
    document: { kind: 'stored', key: document.key },
    isImage,
    format: 'png',
    dpi: 72,
    width,
    checksPermissions: false,
    pageRanges: [{ from: page, to: page }],
  };
  const made = await convertDuringCall(ports, principal.companyId, conversion, () =>
    ports.documents.read(document.key),
  );
  if (!made) throw new PrintError('timeout', `It takes longer than ${callSeconds} seconds to show this page.`);
  const picture = firstMade(made);
  if (picture instanceof Uint8Array) return picture;
  throw new PrintError('document-format-error', 'This page cannot be shown.');
}
