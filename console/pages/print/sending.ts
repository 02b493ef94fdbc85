import { signal } from '@preact/signals';
import type { ClientDocument, PrintOptions } from '../../../client/index.ts';
import { ask, reasonOf } from '../../app/api.ts';
import { refreshViews } from '../../app/use-query.ts';
import { announce } from '../../parts/announce.tsx';
import { forgetUpload, rememberUpload } from './unfinished.ts';

/*
 * Documents on their way from this page to the service. They go on while the person looks at other pages. A file that is
 * paused continues with the parts that are missing; the print is asked for with a key of its own, so that it is one print
 * however often the call is repeated.
 */

export interface Order {
  printers: string[];
  options: Pick<PrintOptions, 'name' | 'options'>;
}

export interface Sending {
  id: number;
  name: string;
  order: Order;
  /** a file to upload, or what the service fetches or renders itself */
  source: { file: File; uploadId?: string } | { document: ClientDocument };
  state: 'uploading' | 'paused' | 'failed' | 'submitting' | 'sent';
  sentOctets: number;
  octets: number;
  /** of this run: speed is measured from here */
  run: { at: number; sentOctets: number };
  idempotencyKey: string;
  jobs: string[];
  problem?: string;
}

export const sendings = signal<Sending[]>([]);
const running = new Map<number, AbortController>();
let nextId = 1;

const hashedOctetsAtMost = 256 * 1024 * 1024;
const partsFromOctets = 4 * 1024 * 1024;

function change(id: number, changes: Partial<Sending>): void {
  sendings.value = sendings.value.map(each => (each.id === id ? { ...each, ...changes } : each));
}

const find = (id: number) => sendings.value.find(each => each.id === id);

export function send(name: string, source: Sending['source'], order: Order): void {
  const id = nextId++;
  const octets = 'file' in source ? source.file.size : 0;
  const run = { at: Date.now(), sentOctets: 0 };
  const idempotencyKey = Array.from(crypto.getRandomValues(new Uint32Array(4)), part => part.toString(36)).join('');
  const sending: Sending = {
    id,
    name,
    order,
    source,
    state: 'uploading',
    sentOctets: 0,
    octets,
    run,
    idempotencyKey,
    jobs: [],
  };
  sendings.value = [sending, ...sendings.value];
  void carryOn(id);
}

export function pause(id: number): void {
  change(id, { state: 'paused' });
  running.get(id)?.abort(new DOMException('paused', 'AbortError'));
}

/** Takes a sending off the page; one that is under way is ended. */
export function drop(id: number): void {
  running.get(id)?.abort(new DOMException('dropped', 'AbortError'));
  const source = find(id)?.source;
  if (source && 'file' in source && source.uploadId) {
    const { uploadId } = source;
    forgetUpload(uploadId);
    if (find(id)?.state !== 'sent') ask('action', client => client.abortUpload(uploadId)).catch(() => undefined);
  }
  sendings.value = sendings.value.filter(each => each.id !== id);
}

/** Starts, or goes on after a pause or a failure. */
export async function carryOn(id: number): Promise<void> {
  const sending = find(id);
  if (!sending) return;
  const ended = new AbortController();
  running.set(id, ended);
  const run = { at: Date.now(), sentOctets: sending.sentOctets };
  change(id, { state: 'uploading', problem: undefined, run });
  try {
    const document = 'file' in sending.source ? await upload(sending, ended.signal) : sending.source.document;
    change(id, { state: 'submitting' });
    const { printers, options } = sending.order;
    const { idempotencyKey } = sending;
    const jobs = await ask('upload', client =>
      client.print(document, printers, { name: sending.name, ...options, idempotencyKey, signal: ended.signal }),
    );
    change(id, { state: 'sent', jobs: jobs.map(job => job.id) });
    if (typeof document === 'string') forgetUpload(document);
    announce(`${sending.name} is sent.`);
    refreshViews();
  } catch (error) {
    if (ended.signal.aborted) return;
    change(id, { state: 'failed', problem: reasonOf(error) });
    announce(`${sending.name} could not be sent.`);
  } finally {
    if (running.get(id) === ended) running.delete(id);
  }
}

async function upload({ id, source, name }: Sending, signal: AbortSignal): Promise<string> {
  const { file, uploadId } = source as { file: File; uploadId?: string };
  const sha256 = uploadId ? undefined : await digestOf(file);
  return await ask('upload', client =>
    client.upload(file, {
      name,
      sha256,
      resume: uploadId,
      signal,
      begun: begunId => {
        rememberUpload(begunId, file);
        change(id, { source: { file, uploadId: begunId } });
      },
      progress: sentOctets => change(id, { sentOctets }),
    }),
  );
}

/** Small files go in one request, which is checked anyway; the largest do not fit in the memory of a page. */
async function digestOf(file: File): Promise<string | undefined> {
  // browsers offer it to pages that are served securely
  if (!crypto.subtle || file.size <= partsFromOctets || file.size > hashedOctetsAtMost) return undefined;
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), octet => octet.toString(16).padStart(2, '0')).join('');
}
