import { createHash } from 'node:crypto';
import { vi } from 'vitest';

/** What happens to a request on its way: undefined is nothing. */
export type Trouble = 'refused' | 'lost' | 'hangs' | { status: number; headers?: Record<string, string> } | undefined;

interface Seen {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

const partOctets = 10;

/** The service as far as the client sees it, with parts of ten octets, behind a line that a test spoils. */
export class ScriptedService {
  readonly seen: Seen[] = [];
  readonly jobs = new Map<string, object>();
  onTheWay: (request: Seen, count: number) => Trouble = () => undefined;
  /** changes with each list of addresses; older addresses are refused then */
  generation = 0;
  #octets = 0;
  #parts = new Map<number, Buffer>();
  isCompleted = false;

  get document(): Buffer {
    return Buffer.concat([...this.#parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
  }

  count(method: string, part: string): number {
    return this.seen.filter(request => request.method === method && request.path.includes(part)).length;
  }

  /** In place of `fetch`. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    init.signal?.throwIfAborted();
    const { pathname, search } = new URL(url);
    const body = Buffer.from(await new Response(init.body ?? null).arrayBuffer());
    const headers = (init.headers ?? {}) as Record<string, string>;
    const request = { method: init.method as string, path: pathname + search, headers, body };
    this.seen.push(request);
    const same = this.seen.filter(({ method, path }) => method === request.method && path === request.path).length;
    const trouble = this.onTheWay(request, same);
    if (trouble === 'refused') throw new TypeError('fetch failed');
    if (trouble === 'hangs') return await aborted(init.signal);
    if (typeof trouble === 'object') return new Response('between', trouble);
    const answer = this.#answer(request);
    if (trouble === 'lost') throw new TypeError('fetch failed');
    return answer;
  };

  #answer({ method, path, headers, body }: Seen): Response {
    if (method === 'PUT') return this.#put(path, body);
    if (path === '/platen/v1/uploads' && method === 'POST') {
      this.#octets = JSON.parse(body.toString()).octets;
      return this.#view(201);
    }
    if (path === '/platen/v1/jobs') {
      const key = headers['idempotency-key'] as string;
      if (!this.jobs.has(key)) this.jobs.set(key, { id: String(this.jobs.size), ...JSON.parse(body.toString()) });
      return json({ jobs: [this.jobs.get(key)] }, 201);
    }
    if (path.endsWith('/complete')) this.isCompleted = true;
    if (path.startsWith('/platen/v1/uploads/')) return this.#view(200);
    return json(
      { error: { code: 'not-found', message: 'Unknown file or upload: it does not exist or has expired.' } },
      404,
    );
  }

  #put(path: string, body: Buffer): Response {
    const [generation, part] = path.split('/').slice(2).map(Number) as [number, number];
    if (generation < this.generation) return new Response('expired', { status: 403 });
    this.#parts.set(part, body);
    return new Response('', { status: 200 });
  }

  #view(status: number): Response {
    const all = Array.from({ length: Math.ceil(this.#octets / partOctets) }, (_, index) => index + 1);
    const present = all.filter(part => this.#parts.has(part));
    const etags = present.map(part =>
      createHash('md5')
        .update(this.#parts.get(part) as Buffer)
        .digest('hex'),
    );
    const missing = all
      .filter(part => !this.#parts.has(part))
      .map(part => ({
        part,
        octets: Math.min(partOctets, this.#octets - (part - 1) * partOctets),
        url: `https://store.test/part/${this.generation}/${part}`,
      }));
    const state = this.isCompleted ? 'completed' : 'open';
    return json({ id: 'u1', state, octets: this.#octets, partOctets, present, etags, missing }, status);
  }
}

const json = (body: object, status: number) => new Response(JSON.stringify(body), { status });

async function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}

/** Waits for a promise while time passes as fast as it may: a timer fires when nothing else is left to do. */
export async function whileTimePasses<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => undefined);
  while (!isSettled) {
    for (let turn = 0; turn < 50 && !isSettled; turn++) await new Promise(setImmediate);
    if (!isSettled) await vi.advanceTimersToNextTimerAsync();
  }
  return await settled;
}
