import { md5 } from './md5.ts';
import { type Attempt, fetchWithRetries, usualPatienceMilliseconds } from './retry.ts';

/** Answers come within seconds; a document of 4 MiB takes a slow line longer. */
const callLimitMilliseconds = 60_000;

export interface ClientOptions {
  /** `https://host[:port]` */
  endpoint: string;
  key: string;
  /** how long a call is tried again while nothing comes through; 5 minutes */
  patienceMilliseconds?: number;
}

export interface Call {
  body?: object | Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Calls of the API with the key of its user. */
export class Api {
  readonly #endpoint: string;
  readonly #key: string;
  readonly patienceMilliseconds: number;

  /** Throws a TypeError for an endpoint that is no URL. */
  constructor({ endpoint, key, patienceMilliseconds = usualPatienceMilliseconds }: ClientOptions) {
    this.#endpoint = new URL(endpoint).href.replace(/\/+$/, '');
    this.#key = key;
    this.patienceMilliseconds = patienceMilliseconds;
  }

  /** One answer, whatever it is, whose body is read while it comes. */
  async open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const url = `${this.#endpoint}/platen/v1${path}`;
    return await fetch(url, {
      method: 'GET',
      headers: { ...headers, authorization: `Bearer ${this.#key}` },
      signal,
      cache: 'no-store',
    });
  }

  /** Names this service and key, and shows neither. */
  get fingerprint(): string {
    return md5(new TextEncoder().encode(`${this.#endpoint} ${this.#key}`));
  }

  async call<T>(method: string, path: string, call: Call = {}): Promise<T> {
    return (await (await this.answer(method, path, call)).json()) as T;
  }

  /** For answers that are not JSON. */
  async answer(method: string, path: string, { body, headers, signal }: Call = {}): Promise<Response> {
    const isOctets = body instanceof Blob;
    const attempt: Attempt = {
      url: `${this.#endpoint}/platen/v1${path}`,
      init: {
        method,
        body: isOctets || body === undefined ? body : JSON.stringify(body),
        headers: {
          ...(body === undefined ? {} : { 'content-type': isOctets ? 'application/octet-stream' : 'application/json' }),
          ...headers,
          authorization: `Bearer ${this.#key}`,
        },
      },
      limitMilliseconds: attempt => callLimitMilliseconds * attempt,
      patienceMilliseconds: this.patienceMilliseconds,
      signal,
    };
    return await fetchWithRetries(attempt);
  }
}

/** 128 random bits; also in pages that are not served securely, where `randomUUID` does not exist. */
export function randomKey(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(octets, octet => octet.toString(16).padStart(2, '0')).join('');
}
