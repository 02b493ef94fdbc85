import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { formatOfFile, sniffedOctets, sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job, Output } from '../../domain/job.ts';
import { collected } from '../../domain/job-output.ts';
import { type OutputFile, parseOutputList } from '../../domain/output-file.ts';
import type { Ports } from '../../ports/index.ts';
import { changeJob } from '../jobs/change-job.ts';
import { findOutput, findUpload } from './own-address.ts';

/*
 * Addresses that were told to a client, opened by whoever has them: the id in them is 128 random bits. They are short,
 * and known before the document is there, which no presigned address of a store can be. Small documents are given at
 * once, since many programs do not follow a redirect; large ones by an address of the store.
 */

/** What a function may answer, in base64 and with room for headers [AWS Lambda, payload limits]. */
const atOnceOctets = 4 * 1024 * 1024;
const addressSeconds = 5 * 60;

export type Download = { fileName: string; format: string } & ({ bytes: Uint8Array } | { url: string });
/** An output of several files is told as their list. */
export type OutputDownload = { job: Job } & (Download | { files: OutputFile[] });

type DownloadPorts = Pick<Ports, 'jobs' | 'uploads' | 'documents' | 'clock'>;

/** A job's output, or one file of it. Throws `not-found` until it stands, and when its time is over. */
export async function downloadOutput(
  ports: DownloadPorts,
  names: { job: string; file?: number },
): Promise<OutputDownload> {
  const found = await findOutput(ports, names);
  if (!found || found === 'gone') throw notThere();
  const { job, key, file } = found;
  const { fileName, isList, collectBy = 0 } = job.output as Output;
  const files = isList ? await readList(ports, job) : [];
  const wanted = file === undefined ? undefined : files[file];
  if (file !== undefined && !wanted) throw notThere();
  await changeJob(ports, job.id, current => collected(current, ports.clock.now()));
  if (isList && !wanted) return { job, files };
  const name = wanted?.name ?? fileName;
  const format = wanted?.format ?? formatOfFile(name, job.document?.format ?? '');
  return { job, ...(await download(ports, key, { fileName: name, format }, collectBy)) };
}

/** A file that was uploaded. Throws `not-found` until it is there, and when its time is over. */
export async function downloadUpload(ports: DownloadPorts, names: { upload: string }): Promise<Download> {
  const found = await findUpload(ports, names);
  if (!found || found === 'gone') throw notThere();
  const { upload, key } = found;
  const head = await ports.documents.read(key, { from: 0, to: sniffedOctets });
  if (!head) throw notThere();
  const fileName = upload.name ?? upload.id;
  const format = formatOfFile(fileName, sniffFormat(await buffer(head)));
  return await download(ports, key, { fileName, format }, upload.expiresAt);
}

/** The files of an output that is a list. */
export async function readList({ documents }: Pick<Ports, 'documents'>, { document }: Job): Promise<OutputFile[]> {
  const list = document && (await documents.read(document.key));
  if (!list) throw notThere();
  return parseOutputList(await text(list));
}

async function download(
  { documents, clock }: DownloadPorts,
  key: string,
  file: { fileName: string; format: string },
  until: number,
): Promise<Download> {
  const octets = await documents.octets(key);
  if (octets === undefined) throw notThere();
  if (octets <= atOnceOctets) return { ...file, bytes: await buffer((await documents.read(key)) as Readable) };
  const left = Math.ceil((until - clock.now()) / 1000);
  const expiresSeconds = Math.max(1, Math.min(addressSeconds, left));
  return { ...file, url: await documents.presignRead(key, { expiresSeconds, ...file }) };
}

const notThere = () => new PrintError('not-found', 'There is no document at this address, not yet or not any more.');
