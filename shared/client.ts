/**
 * Platen's own dialect for programs: one class, in Node and in browsers alike. Documents of any size go up four parts
 * at a time on presigned addresses, and go on where they stopped when told the upload's id.
 */

/** Few enough for a home line, enough to hide the round trips. */
const partsAtOnce = 4;
const triesAPart = 4;
const firstWaitMilliseconds = 500;
/** Above this a document goes up in parts. */
const oneRequestOctets = 4 * 1024 * 1024;

export interface ClientOptions {
  /** `https://host[:port]` */
  endpoint: string;
  key: string;
}

export interface UploadOptions {
  name?: string;
  /** lower-case hex; checked before anything is printed */
  sha256?: string;
  /** goes on with an upload that was begun before, here or elsewhere */
  resume?: string;
  /** called with the upload's id before its first part goes up: what `resume` takes */
  begun?: (id: string) => void;
  progress?: (sentOctets: number, octets: number) => void;
  signal?: AbortSignal;
}

export interface ClientJob {
  id: string;
  state: string;
  reasons: string[];
  summary: string;
  message?: string;
}

interface UploadAnswer {
  id: string;
  state: string;
  octets: number;
  present: number[];
  missing: { part: number; octets: number; url: string }[];
  partOctets: number;
}

/** A refusal, in the words of the service. */
export class ClientError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ClientError';
    this.status = status;
    this.code = code;
  }
}

export class PlatenClient {
  readonly #endpoint: string;
  readonly #key: string;

  constructor({ endpoint, key }: ClientOptions) {
    this.#endpoint = endpoint.replace(/\/+$/, '');
    this.#key = key;
  }

  /** Uploads a document and answers its id, to be printed as often as one likes for a day. In Node: `fs.openAsBlob`. */
  async upload(document: Blob, options: UploadOptions = {}): Promise<string> {
    const isSmall = document.size <= oneRequestOctets && !options.resume && !options.sha256;
    if (isSmall) return await this.#uploadWhole(document, options);
    let upload = options.resume ? await this.#getUpload(options.resume) : await this.#open(document, options);
    const { id, partOctets } = upload;
    if (upload.octets !== document.size) throw new Error(`The upload ${id} is of a document of another size.`);
    options.begun?.(id);
    let sent = upload.present.reduce((sum, part) => sum + sizeOf(document, part, partOctets), 0);
    // addresses come in pages: when those at hand are used up, ask what is still missing
    while (upload.missing.length > 0) {
      await inParallel(upload.missing, partsAtOnce, async ({ part, url }) => {
        const start = (part - 1) * partOctets;
        await this.#putPart(url, document.slice(start, start + partOctets), options.signal);
        sent += sizeOf(document, part, partOctets);
        options.progress?.(sent, document.size);
      });
      upload = await this.#getUpload(id);
    }
    await this.#call('POST', `/platen/v1/uploads/${id}/complete`);
    return id;
  }

  /** Prints an uploaded document on one or more printers (`location:device`): one job each, in their order. */
  async print(uploadId: string, printers: string[], options: { name?: string; options?: object } = {}) {
    const body = { printers, document: { uploadId }, ...options };
    return (await this.#call<{ jobs: ClientJob[] }>('POST', '/platen/v1/jobs', body)).jobs;
  }

  async job(id: string): Promise<ClientJob> {
    return await this.#call<ClientJob>('GET', `/platen/v1/jobs/${id}`);
  }

  async #uploadWhole(document: Blob, { name, progress, signal }: UploadOptions): Promise<string> {
    const query = name ? `?name=${encodeURIComponent(name)}` : '';
    const headers = { 'content-type': 'application/octet-stream' };
    const { id } = await this.#send<UploadAnswer>('POST', `/platen/v1/uploads${query}`, document, headers, signal);
    progress?.(document.size, document.size);
    return id;
  }

  async #open(document: Blob, { name, sha256 }: UploadOptions): Promise<UploadAnswer> {
    return await this.#call<UploadAnswer>('POST', '/platen/v1/uploads', { octets: document.size, name, sha256 });
  }

  async #getUpload(id: string): Promise<UploadAnswer> {
    return await this.#call<UploadAnswer>('GET', `/platen/v1/uploads/${id}`);
  }

  /** The address is its own credential; the key is not shown to the store. */
  async #putPart(url: string, bytes: Blob, signal?: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      const answer = await fetch(url, { method: 'PUT', body: bytes, signal }).catch((error: Error) => error);
      if (!(answer instanceof Error) && answer.ok) return;
      signal?.throwIfAborted();
      if (tries === triesAPart) throw answer instanceof Error ? answer : await refusalOf(answer);
      await new Promise(resolve => setTimeout(resolve, firstWaitMilliseconds * 2 ** (tries - 1)));
    }
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    return await this.#send<T>(method, path, body && JSON.stringify(body), { 'content-type': 'application/json' });
  }

  async #send<T>(
    method: string,
    path: string,
    body: Blob | string | undefined,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<T> {
    const authorization = `Bearer ${this.#key}`;
    const answer = await fetch(this.#endpoint + path, { method, body, headers: { ...headers, authorization }, signal });
    if (!answer.ok) throw await refusalOf(answer);
    return (await answer.json()) as T;
  }
}

function sizeOf(document: Blob, part: number, partOctets: number): number {
  return Math.min(partOctets, document.size - (part - 1) * partOctets);
}

async function refusalOf(answer: Response): Promise<ClientError> {
  const text = await answer.text();
  try {
    const { code, message } = JSON.parse(text).error;
    return new ClientError(answer.status, code, message);
  } catch {
    return new ClientError(answer.status, 'unknown', text.slice(0, 500) || answer.statusText);
  }
}

async function inParallel<T>(items: T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
