import type { Api } from './api.ts';
import { ClientError } from './errors.ts';
import { md5 } from './md5.ts';
import { fetchWithRetries } from './retry.ts';
import type { UploadAnswer, UploadOptions } from './types.ts';

/*
 * A document in parts, four at a time, on presigned addresses. What the store has decides, not what was sent: after each
 * round it is asked what is still missing, and its fresh addresses are used. A round in which nothing arrived is repeated
 * a few times only, since something between may take parts in and drop them.
 */

/** Few enough for a home line, enough to hide the round trips. */
const partsAtOnce = 4;
const fruitlessRoundsAtMost = 3;
/** A line that went quiet is noticed after this; a slow one is given twice the time at each further attempt. */
const partLimitMilliseconds = 45_000;
/** An address that is too old, or not any more good: there is a fresh one in the next round. */
const staleAddress = 403;

type Missing = UploadAnswer['missing'][number];

export async function uploadParts(api: Api, document: Blob, options: UploadOptions): Promise<string> {
  const { resume, begun, signal } = options;
  let upload = resume ? await continued(api, document, resume, signal) : await opened(api, document, options);
  const { id } = upload;
  begun?.(id);
  for (let fruitless = 0; upload.missing.length > 0; ) {
    const stale = await sendRound(api, upload, document, options);
    const next: UploadAnswer = await api.call('GET', `/uploads/${id}`, { signal });
    fruitless = next.present.length > upload.present.length || next.state !== 'open' ? 0 : fruitless + 1;
    if (fruitless >= fruitlessRoundsAtMost) {
      const lost = new ClientError(
        0,
        'parts-lost',
        `The parts of upload ${id} were accepted on the way but never arrived.`,
      );
      throw stale ?? lost;
    }
    upload = next;
  }
  await api.call('POST', `/uploads/${id}/complete`, { signal });
  options.progress?.(document.size, document.size);
  return id;
}

const opened = (api: Api, document: Blob, { name, sha256, signal }: UploadOptions) =>
  api.call<UploadAnswer>('POST', '/uploads', { body: { octets: document.size, name, sha256 }, signal });

/** Half of one document and half of another must never be printed: parts that are there are compared. */
async function continued(api: Api, document: Blob, id: string, signal?: AbortSignal): Promise<UploadAnswer> {
  const upload = await api.call<UploadAnswer>('GET', `/uploads/${id}`, { signal });
  if (upload.octets !== document.size) throw new Error(`The upload ${id} is of a document of another size.`);
  for (const [index, part] of upload.present.entries()) {
    signal?.throwIfAborted();
    const etag = upload.etags?.[index];
    const bytes = new Uint8Array(await sliceOf(document, part, upload.partOctets).arrayBuffer());
    if (etag && !(await isNamed(bytes, etag))) {
      throw new ClientError(0, 'other-content', `The upload ${id} is of a document with other contents.`);
    }
  }
  return upload;
}

/** Parts are named by their MD5 in S3, and by the beginning of their SHA-256 on one machine. */
async function isNamed(bytes: Uint8Array<ArrayBuffer>, etag: string): Promise<boolean> {
  if (md5(bytes) === etag) return true;
  // browsers offer it to pages that are served securely
  const digest = await crypto.subtle?.digest('SHA-256', bytes);
  const hex = Array.from(new Uint8Array(digest ?? new ArrayBuffer(0)), octet => octet.toString(16).padStart(2, '0'));
  return hex.join('').slice(0, etag.length) === etag;
}

/**
 * Sends each missing part once. The first that is refused for good ends the others, and is thrown after all ended. Answers
 * the refusal of an address that was too old, if there was one.
 */
async function sendRound(
  api: Api,
  upload: UploadAnswer,
  document: Blob,
  { signal, progress }: UploadOptions,
): Promise<ClientError | undefined> {
  const failed = new AbortController();
  const both = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  let sent = sum(upload.present.map(part => sliceOf(document, part, upload.partOctets).size));
  let stale: ClientError | undefined;
  const queue = upload.missing.values();
  const worker = async () => {
    for (const missing of queue) {
      both.throwIfAborted();
      const refusal = await sendPart(api, missing, sliceOf(document, missing.part, upload.partOctets), both);
      stale ??= refusal;
      if (refusal || both.aborted) continue;
      sent += missing.octets;
      progress?.(sent, document.size);
    }
  };
  const workers = Array.from({ length: partsAtOnce }, () => worker().catch(error => failed.abort(error)));
  await Promise.all(workers);
  both.throwIfAborted();
  return stale;
}

/** The address is its own credential; the key is not shown to the store. Answers the refusal of one that is too old. */
async function sendPart(
  { patienceMilliseconds }: Api,
  { url }: Missing,
  bytes: Blob,
  signal: AbortSignal,
): Promise<ClientError | undefined> {
  try {
    const limitMilliseconds = (attempt: number) => partLimitMilliseconds * 2 ** (attempt - 1);
    const init = { method: 'PUT', body: bytes };
    await fetchWithRetries({ url, init, limitMilliseconds, patienceMilliseconds, signal });
    return undefined;
  } catch (error) {
    if (error instanceof ClientError && error.status === staleAddress) return error;
    throw error;
  }
}

const sliceOf = (document: Blob, part: number, partOctets: number) =>
  document.slice((part - 1) * partOctets, part * partOctets);
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
