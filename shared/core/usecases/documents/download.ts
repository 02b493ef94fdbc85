import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { allows, type Principal } from '../../domain/company.ts';
import { formatOfFile, sniffedOctets, sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job, Output } from '../../domain/job.ts';
import { collected, isCollectable } from '../../domain/job-output.ts';
import { type OutputFile, parseOutputList } from '../../domain/output-file.ts';
import type { Ports } from '../../ports/index.ts';
import { changeJob } from '../jobs/change-job.ts';
import { getJob, type JobAddress } from '../jobs/get-job.ts';
import { documentDeleted, findOutput, findUpload, noDocument } from './issued-address.ts';

/*
 * Download addresses need no key: the id in them is 128 random bits. They are short, and known before the document is
 * ready; presigned addresses are neither. A small document is in the answer itself, since many programs do not follow
 * redirects. For a large one the answer redirects to a presigned address.
 */

/** The response limit of a function, less base64 and headers [AWS Lambda, payload limits]. */
const inlineOctets = 4 * 1024 * 1024;
const addressSeconds = 5 * 60;

export type Download = { fileName: string; format: string } & ({ bytes: Uint8Array } | { url: string });
/** `files`: the list of an output with several files. */
export type OutputDownload = { job: Job } & (Download | { files: OutputFile[] });

type DownloadPorts = Pick<Ports, 'jobs' | 'uploads' | 'documents' | 'clock'>;

/** A job's output, or one file of it. Throws `not-found` until it is ready, and after it has expired. */
export async function downloadOutput(
  ports: DownloadPorts,
  names: { job: string; file?: number },
): Promise<OutputDownload> {
  const found = await findOutput(ports, names);
  if (!found || found === 'gone') throw noDocument();
  const { job, key, file } = found;
  const { fileName, isList, collectBy = 0 } = job.output as Output;
  const files = isList ? await readList(ports, job) : [];
  const wanted = file === undefined ? undefined : files[file];
  if (file !== undefined && !wanted) throw noDocument();
  await changeJob(ports, job.id, current => collected(current, ports.clock.now()));
  if (isList && !wanted) return { job, files };
  const name = wanted?.name ?? fileName;
  const format = wanted?.format ?? formatOfFile(name, job.document?.format ?? '');
  return { job, ...(await download(ports, key, { fileName: name, format }, collectBy)) };
}

/** The document of a job as it is printed, or its output. Throws `not-found` until it is ready, and when it is deleted. */
export async function getJobDocument(
  ports: Omit<DownloadPorts, 'uploads'>,
  principal: Principal,
  address: JobAddress,
): Promise<Download> {
  const job = await getJob(ports, principal, address);
  const { document, output, name } = job;
  const at = ports.clock.now();
  if (!output && !allows(principal.scopes, 'preview')) {
    throw new PrintError(
      'forbidden',
      'This key does not have the scope "preview", which documents of print jobs need.',
    );
  }
  if (!document || (output && !isCollectable(job, at))) throw noDocument();
  await changeJob(ports, job.id, current => collected(current, at));
  const file = { fileName: output?.fileName ?? name, format: document.format };
  if (output) return await download(ports, document.key, file, output.collectBy as number);
  const gone = new PrintError('not-found', documentDeleted(job));
  return await download(ports, document.key, file, at + addressSeconds * 1000, gone);
}

/** An uploaded file. Throws `not-found` until it is complete, and after it has expired. */
export async function downloadUpload(ports: DownloadPorts, names: { upload: string }): Promise<Download> {
  const found = await findUpload(ports, names);
  if (!found || found === 'gone') throw noDocument();
  const { upload, key } = found;
  const head = await ports.documents.read(key, { from: 0, to: sniffedOctets });
  if (!head) throw noDocument();
  const fileName = upload.name ?? upload.id;
  const format = formatOfFile(fileName, sniffFormat(await buffer(head)));
  return await download(ports, key, { fileName, format }, upload.expiresAt);
}

/** The files of an output that is a list. */
export async function readList({ documents }: Pick<Ports, 'documents'>, { document }: Job): Promise<OutputFile[]> {
  const list = document && (await documents.read(document.key));
  if (!list) throw noDocument();
  return parseOutputList(await text(list));
}

async function download(
  { documents, clock }: Omit<DownloadPorts, 'uploads'>,
  key: string,
  file: { fileName: string; format: string },
  until: number,
  gone = noDocument(),
): Promise<Download> {
  const octets = await documents.octets(key);
  if (octets === undefined) throw gone;
  if (octets <= inlineOctets) return { ...file, bytes: await buffer((await documents.read(key)) as Readable) };
  const left = Math.ceil((until - clock.now()) / 1000);
  const expiresSeconds = Math.max(1, Math.min(addressSeconds, left));
  return { ...file, url: await documents.presignRead(key, { expiresSeconds, ...file }) };
}
