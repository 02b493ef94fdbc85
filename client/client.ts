import { Administration } from './administration.ts';
import { Api, type ClientOptions, randomKey } from './api.ts';
import { eventPage } from './event-follower.ts';
import { followEvents } from './events.ts';
import { uploadParts } from './part-upload.ts';
import { pause } from './retry.ts';
import type {
  BulkOutcome,
  ClientCheck,
  ClientDocument,
  ClientJob,
  ClientSharedJob,
  ClientTrace,
  EventOptions,
  EventPage,
  JobFilter,
  MakeOptions,
  PlatenEvent,
  PrintOptions,
  UploadOptions,
} from './types.ts';
import { Webhooks } from './webhooks.ts';

/** Above this a document goes up in parts. */
const oneRequestOctets = 4 * 1024 * 1024;
const pollMilliseconds = { first: 300, longest: 5000 };
const finalStates = ['completed', 'canceled', 'aborted'];

interface Waiting {
  /** called when the job's summary changed */
  changed?: (job: ClientJob) => void;
  signal?: AbortSignal;
}

/**
 * Platen's own dialect for programs, in Node, browsers, Deno and Bun. Every call survives lost answers and minutes without
 * a network, and ends at once when its signal is aborted. Refusals are `ClientError`s.
 */
export class PlatenClient extends Administration {
  readonly #api: Api;
  readonly webhooks: Webhooks;

  constructor(options: ClientOptions) {
    const api = new Api(options);
    super(api);
    this.#api = api;
    this.webhooks = new Webhooks(api);
  }

  /**
   * Uploads a document and answers its id, which can be printed any number of times for a day. Documents of any size go up
   * in parts, and continue where they stopped when `resume` names the upload. In Node: `fs.openAsBlob`.
   */
  async upload(document: Blob, options: UploadOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    const isSmall = document.size <= oneRequestOctets && !options.resume && !options.sha256;
    return isSmall ? await this.#uploadWhole(document, options) : await uploadParts(this.#api, document, options);
  }

  /** Ends an upload that will not be continued; its parts are deleted. */
  async abortUpload(id: string): Promise<void> {
    await this.#api.call('DELETE', `/uploads/${encodeURIComponent(id)}`);
  }

  /**
   * Prints a document on one or more printers (`location:device`): one job each, in their order. The document is the id of
   * an upload, or has to be fetched or rendered.
   */
  async print(document: string | ClientDocument, printers: string[], options: PrintOptions = {}): Promise<ClientJob[]> {
    const { idempotencyKey, signal, ...wishes } = options;
    const source = typeof document === 'string' ? { uploadId: document } : document;
    return await this.#createJobs('/jobs', { printers, document: source, ...wishes }, { idempotencyKey, signal });
  }

  /** Makes a document that has to be fetched or rendered, for `document` to download once the job has ended. */
  async make(document: ClientDocument, options: MakeOptions = {}): Promise<ClientJob> {
    const { idempotencyKey, signal, fileName, keepSeconds, ...wishes } = options;
    const body = { output: { fileName, keepSeconds }, document, ...wishes };
    const [job] = await this.#createJobs('/jobs', body, { idempotencyKey, signal });
    return job as ClientJob;
  }

  /** Says how a document would be printed, or refuses it as `print` would. Nothing is stored. */
  async check(document: string | ClientDocument, printers: string[], options: PrintOptions = {}): Promise<ClientCheck> {
    const { idempotencyKey: _, signal, ...wishes } = options;
    const source = typeof document === 'string' ? { uploadId: document } : document;
    const body = { printers, document: source, ...wishes, dryRun: true };
    return await this.#api.call<ClientCheck>('POST', '/jobs', { body, signal });
  }

  /** Prints a job's document again, with its options; without printers, where it was printed. */
  async copy(id: string, printers?: string[], options: Pick<PrintOptions, 'idempotencyKey' | 'signal'> = {}) {
    return await this.#createJobs(`/jobs/${encodeURIComponent(id)}/copies`, printers ? { printers } : {}, options);
  }

  /** Moves a job that still waits to another printer, and answers the new job. */
  async move(id: string, printer: string): Promise<ClientJob> {
    return await this.#api.call<ClientJob>('POST', `/jobs/${encodeURIComponent(id)}/move`, { body: { printer } });
  }

  async #createJobs(path: string, body: object, { idempotencyKey = randomKey(), signal }: PrintOptions) {
    const headers = { 'idempotency-key': idempotencyKey };
    return (await this.#api.call<{ jobs: ClientJob[] }>('POST', path, { body, headers, signal })).jobs;
  }

  async job(id: string, signal?: AbortSignal): Promise<ClientJob> {
    return await this.#api.call<ClientJob>('GET', `/jobs/${encodeURIComponent(id)}`, { signal });
  }

  /** A page of a job's document as a PNG, from 1 to 20; needs a key of the scope `preview` or `admin`. */
  async page(id: string, page = 1, { width = 320, signal }: { width?: 320 | 1280; signal?: AbortSignal } = {}) {
    const path = `/jobs/${encodeURIComponent(id)}/pages/${page}?width=${width}`;
    return await (await this.#api.answer('GET', path, { signal })).blob();
  }

  /** One page of jobs, newest first; `next` of a page is `before` of the page that follows. */
  async jobPage(
    { before, limit, ...filter }: JobFilter & { before?: string; limit?: number } = {},
    signal?: AbortSignal,
  ): Promise<{ jobs: ClientJob[]; next?: string }> {
    const given = Object.entries({ ...filter, before, limit: limit?.toString() }).filter(
      (entry): entry is [string, string] => Boolean(entry[1]),
    );
    return await this.#api.call('GET', `/jobs?${new URLSearchParams(given)}`, { signal });
  }

  /** The stages of a job with their times. */
  async trace(id: string): Promise<ClientTrace> {
    return await this.#api.call<ClientTrace>('GET', `/jobs/${encodeURIComponent(id)}/trace`);
  }

  /** Makes a link that shows the job to people without a key, for 7 days: its token is for `sharedJob`. */
  async share(id: string): Promise<{ token: string; expiresAt: string }> {
    return await this.#api.call('POST', `/jobs/${encodeURIComponent(id)}/share`);
  }

  /** The job of a link; needs no key. */
  async sharedJob(token: string, signal?: AbortSignal): Promise<ClientSharedJob> {
    return await this.#api.call<ClientSharedJob>('GET', `/shared/${encodeURIComponent(token)}`, { signal });
  }

  /** The document of a job, as it is printed. */
  async document(id: string): Promise<Blob> {
    return await (await this.#api.answer('GET', `/jobs/${encodeURIComponent(id)}/document`)).blob();
  }

  /** Jobs, newest first, page by page as they are read. */
  async *jobs(filter: JobFilter = {}): AsyncGenerator<ClientJob> {
    let before: string | undefined;
    do {
      const page = await this.jobPage({ ...filter, before });
      yield* page.jobs;
      before = page.next;
    } while (before !== undefined);
  }

  /** The job once it has ended. A job that needs a person may take days: give a signal to stop waiting. */
  async waitFor(id: string, { changed, signal }: Waiting = {}): Promise<ClientJob> {
    let summary: string | undefined;
    for (let wait = pollMilliseconds.first; ; wait = Math.min(wait * 1.5, pollMilliseconds.longest)) {
      const job = await this.#api.call<ClientJob>('GET', `/jobs/${encodeURIComponent(id)}`, { signal });
      if (job.summary !== summary) {
        summary = job.summary;
        changed?.(job);
        wait = pollMilliseconds.first;
      }
      if (finalStates.includes(job.state)) return job;
      await pause(wait, signal);
    }
  }

  /**
   * What happens from now on, or after an event, until the signal is aborted. Continues after breaks of the connection without
   * a gap or a repetition. The pages of a browser that ask for the same events share one connection.
   */
  events(options: EventOptions = {}): AsyncGenerator<PlatenEvent, void> {
    return followEvents(this.#api, options);
  }

  /** One page of the log, for a program that asks by itself; `next` goes in as `after`. */
  async listEvents(asked: EventOptions & { limit?: number; waitSeconds?: number } = {}): Promise<EventPage> {
    const { after, limit, waitSeconds: wait } = asked;
    return await eventPage(this.#api, asked, { after, limit, wait });
  }

  /** The address of a stream for `EventSource`, good for 12 hours. It permits nothing but to read these events. */
  async openEventStream({ types, subject }: Pick<EventOptions, 'types' | 'subject'> = {}): Promise<{
    url: string;
    expiresAt: string;
  }> {
    return await this.#api.call('POST', '/events/streams', { body: { types, subject } });
  }

  async cancel(id: string): Promise<ClientJob> {
    return await this.#api.call<ClientJob>('POST', `/jobs/${encodeURIComponent(id)}/cancel`);
  }

  /** Prints a held job now. */
  async release(id: string): Promise<ClientJob> {
    return await this.#api.call<ClientJob>('POST', `/jobs/${encodeURIComponent(id)}/release`);
  }

  /** Cancels up to 100 jobs, and answers for each what came of it. */
  async cancelMany(ids: string[]): Promise<BulkOutcome[]> {
    return (await this.#api.call<{ results: BulkOutcome[] }>('POST', '/jobs/cancel', { body: { ids } })).results;
  }

  /** Decides about an unconfirmed job: it `printed`, or it is printed again. */
  async resolve(id: string, as: 'printed' | 'reprint'): Promise<ClientJob> {
    return await this.#api.call<ClientJob>('POST', `/jobs/${encodeURIComponent(id)}/resolve`, { body: { as } });
  }

  /** Decides about up to 100 unconfirmed jobs, and answers for each what came of it. */
  async resolveMany(ids: string[], as: 'printed' | 'reprint'): Promise<BulkOutcome[]> {
    return (await this.#api.call<{ results: BulkOutcome[] }>('POST', '/jobs/resolve', { body: { ids, as } })).results;
  }

  async #uploadWhole(document: Blob, { name, progress, signal }: UploadOptions): Promise<string> {
    const query = name ? `?name=${encodeURIComponent(name)}` : '';
    const { id } = await this.#api.call<{ id: string }>('POST', `/uploads${query}`, { body: document, signal });
    progress?.(document.size, document.size);
    return id;
  }
}
