import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { IppTarget } from '../../shared/core/domain/device-address.ts';
import { decodeMessage } from '../../shared/ipp/decode.ts';
import type { IppMessage } from '../../shared/ipp/message.ts';
import { isSuccess } from '../../shared/ipp/tags.ts';
import { lookupPrinter } from '../discovery/local-names.ts';
import type { Authorization } from './authorization.ts';
import type { CertificatePins } from './certificate-pins.ts';
import { httpRefusal, IppExchangeError, type Sent, tlsRefusal } from './errors.ts';

export { IppExchangeError } from './errors.ts';

/**
 * One request and its answer over HTTP. A document goes over a connection of its own: kept-alive connections are closed
 * by printers at moments that cannot be distinguished from a crash, and what matters most here is to know, when it
 * fails, how much had left. A question on a kept connection that turns out to be closed is asked once more.
 *
 * A printer's certificate is self-signed, made at the factory for an address that the printer no longer has. By default
 * it is checked against the one that was seen first (`certificate-pins.ts`); an operator may ask for an authority's, or
 * for none, for each printer.
 */

export interface Deadlines {
  /** to be connected, TLS included */
  connectMilliseconds: number;
  /** for a question: from the last octet of the request to the head of the answer */
  headersMilliseconds: number;
  /** from the head of the answer to its end */
  answerMilliseconds: number;
  /** without a document's octet going on, and then without an answer: a printer may well wait for paper here */
  idleMilliseconds: number;
}

export const defaultDeadlines: Deadlines = {
  connectMilliseconds: 10_000,
  headersMilliseconds: 30_000,
  answerMilliseconds: 30_000,
  idleMilliseconds: 15 * 60_000,
};

/** no printer's answer is near this; a hostile one ends here */
const maxAnswerOctets = 4 * 1024 * 1024;
const readOctets = 256 * 1024;

export interface Document {
  file: FileHandle;
  octets: number;
}

export interface ExchangeRequest {
  target: IppTarget;
  head: Buffer;
  document?: Document;
  deadlines: Deadlines;
  signal?: AbortSignal;
  /** keeps connections for questions */
  agent?: http.Agent;
  authorization?: Authorization;
  pins?: CertificatePins;
}

/** Throws nothing but `IppExchangeError`. */
export async function exchange(request: ExchangeRequest): Promise<IppMessage> {
  try {
    return await exchangeOnce(request);
  } catch (error) {
    if (!(error instanceof IppExchangeError)) throw error;
    const isStale = error instanceof StaleConnectionError;
    if (!isStale && !isAnswerable(request, error)) throw error;
    return await exchangeOnce({ ...request, agent: undefined });
  }
}

async function exchangeOnce(request: ExchangeRequest): Promise<IppMessage> {
  const running = new Exchange(request);
  try {
    return await running.answer;
  } finally {
    running.end();
  }
}

/** A kept connection was closed before it brought an octet of the answer. */
class StaleConnectionError extends IppExchangeError {}

class UnauthorizedError extends IppExchangeError {
  readonly challenge: string | undefined;

  constructor(message: string, sent: Sent, options: { httpStatus: number; reason: string; challenge?: string }) {
    super(message, sent, options);
    this.challenge = options.challenge;
  }
}

function isAnswerable({ authorization }: ExchangeRequest, error: IppExchangeError): boolean {
  return error instanceof UnauthorizedError && authorization?.learn(error.challenge) === true;
}

class Exchange {
  readonly answer: Promise<IppMessage>;
  readonly #request: ExchangeRequest;
  readonly #http: http.ClientRequest;
  readonly #over = new AbortController();
  #resolve: (message: IppMessage) => void = () => {};
  #reject: (error: IppExchangeError) => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #sent: Sent = 'nothing';
  #isReading = false;
  #isDone = false;
  #answered: IppMessage | undefined;

  constructor(request: ExchangeRequest) {
    this.#request = request;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#http = this.#open();
    this.#waitFor('a connection', request.deadlines.connectMilliseconds);
    request.signal?.addEventListener('abort', this.#abort);
    if (request.signal?.aborted) this.#abort();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#over.abort();
    this.#request.signal?.removeEventListener('abort', this.#abort);
    // a question that was answered leaves its connection to the next one
    if (!this.#isDone || this.#request.document || !this.#request.agent) this.#http.destroy();
  }

  #open(): http.ClientRequest {
    const { target, head, document, agent, authorization } = this.#request;
    const contentLength = head.length + (document?.octets ?? 0);
    const authorized = authorization?.headerFor('POST', `${target.url.pathname}${target.url.search}`);
    const isKept = agent !== undefined && document === undefined;
    const options: https.RequestOptions = {
      method: 'POST',
      lookup: lookupPrinter,
      agent: isKept ? agent : false,
      rejectUnauthorized: target.certificate === 'strict',
      // embedded servers end lines with LF alone, or send lengths twice
      insecureHTTPParser: true,
      headers: {
        'Content-Type': 'application/ipp',
        'Content-Length': contentLength,
        ...(isKept ? {} : { Connection: 'close' }),
        ...(authorized ? { Authorization: authorized } : {}),
      },
      // versions that OpenSSL refuses at its usual level of security
      ...(target.minimumTls ? { minVersion: target.minimumTls, ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
    };
    const opened = (target.secure ? https : http).request(target.url, options);
    opened.on('error', cause => this.#lose(cause));
    opened.on('close', () => this.#lose(new Error('the printer closed the connection without an answer')));
    opened.on('response', response => void this.#read(response));
    opened.on('socket', socket => {
      if (opened.reusedSocket) void this.#send();
      else socket.once(target.secure ? 'secureConnect' : 'connect', () => this.#isTrusted(socket) && void this.#send());
    });
    return opened;
  }

  #isTrusted(socket: Socket): boolean {
    const { target, pins } = this.#request;
    if (!(socket instanceof TLSSocket) || target.certificate !== 'pin' || !pins) return true;
    try {
      pins.check(target.url.host, socket.getPeerCertificate().fingerprint256 ?? '');
      return true;
    } catch (error) {
      const { message, reason } = error as IppExchangeError;
      this.#fail(message, { cause: error, reason });
      return false;
    }
  }

  /** Nothing is written before the connection is there, so that `sent` is never `nothing` when something left. */
  async #send(): Promise<void> {
    try {
      if (this.#over.signal.aborted) return;
      const { document, deadlines } = this.#request;
      if (!document) this.#sent = 'all';
      this.#waitFor('the request to be taken', deadlines.idleMilliseconds);
      if (!document) {
        await new Promise<void>(resolve => this.#http.end(this.#request.head, resolve));
      } else {
        this.#http.write(this.#request.head);
        await this.#sendDocument(document);
        await new Promise<void>(resolve => this.#http.end(resolve));
      }
      this.#sent = 'all';
      if (this.#answered) this.#succeed(this.#answered);
      else if (!this.#isReading)
        this.#waitFor('an answer', document ? deadlines.idleMilliseconds : deadlines.headersMilliseconds);
    } catch (cause) {
      this.#lose(cause);
    }
  }

  async #sendDocument({ file, octets }: Document): Promise<void> {
    for (let offset = 0; offset < octets; ) {
      const chunk = await readAt(file, offset, Math.min(readOctets, octets - offset));
      this.#over.signal.throwIfAborted();
      this.#sent = 'some';
      const isTaken = this.#http.write(chunk);
      if (!isTaken) await once(this.#http, 'drain', { signal: this.#over.signal });
      if (!this.#isReading) this.#waitFor('the document to be taken', this.#request.deadlines.idleMilliseconds);
      offset += chunk.length;
    }
  }

  async #read(response: http.IncomingMessage): Promise<void> {
    try {
      this.#isReading = true;
      this.#waitFor('the rest of the answer', this.#request.deadlines.answerMilliseconds);
      const httpStatus = response.statusCode ?? 0;
      if (httpStatus !== 200) return this.#refuse(httpStatus, response);
      const message = decodeMessage(await collect(response), { isTolerant: true });
      this.#answered = message;
      // a refusal may come before all was sent and holds; an early success is worth nothing until all was sent
      this.#isReading = false;
      if (!isSuccess(message.code) || this.#sent === 'all') this.#succeed(message);
      else if (this.#http.destroyed) this.#lose(new Error('the printer answered and closed before it had all'));
      else this.#waitFor('the document to be taken', this.#request.deadlines.idleMilliseconds);
    } catch (cause) {
      this.#fail(`the printer's answer cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }

  #succeed(message: IppMessage): void {
    this.#isDone = true;
    this.#resolve(message);
  }

  #refuse(httpStatus: number, { headers }: http.IncomingMessage): void {
    const { message, reason } = httpRefusal(httpStatus, this.#request.target, headers.location);
    const options = { httpStatus, reason };
    this.#reject(
      httpStatus === 401
        ? new UnauthorizedError(message, this.#sent, { ...options, challenge: headers['www-authenticate'] })
        : new IppExchangeError(message, this.#sent, options),
    );
  }

  /** One deadline at a time: whatever is waited for now. */
  #waitFor(what: string, milliseconds: number): void {
    if (this.#over.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(`waited ${milliseconds} ms for ${what}`), milliseconds);
  }

  /** A broken connection is no failure while an answer that came before it is being read. */
  #lose(cause: unknown): void {
    if (this.#isReading) return;
    const message = cause instanceof Error ? cause.message : String(cause);
    const isStale = this.#http?.reusedSocket && !this.#request.document && !this.#request.signal?.aborted;
    const tls = tlsRefusal(cause);
    if (isStale) this.#reject(new StaleConnectionError(message, this.#sent, { cause }));
    else this.#fail(tls?.message ?? message, { cause, reason: tls?.reason });
  }

  readonly #abort = (): void => this.#fail('the exchange was called off');

  #fail(message: string, options: { cause?: unknown; reason?: string } = {}): void {
    this.#reject(new IppExchangeError(message, this.#sent, options));
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
  if (bytesRead === 0) throw new Error('the document on disk is shorter than it was');
  return buffer.subarray(0, bytesRead);
}

async function collect(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets > maxAnswerOctets) throw new Error(`it is longer than ${maxAnswerOctets} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
