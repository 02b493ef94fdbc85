import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Ticket } from '../shared/protocol/relay-protocol.ts';
import { syncedByWriting } from './durable.ts';
import { clientFor } from './link/web.ts';

/** Why a document could not be fetched. `Spool` decides for each how often to retry. */
export type FetchFailure =
  /** the address is refused or expired, or names no document: a new ticket may bring a better one */
  | 'address-refused'
  /** no connection, no answer, or an answer that says to come again */
  | 'unreachable'
  /** other octets than the ticket says */
  | 'wrong-document'
  /** the relay's disk is full */
  | 'spool-full';

export class FetchError extends Error {
  readonly failure: FetchFailure;

  constructor(failure: FetchFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

const appended = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND;

/** A server that sends nothing for this long has failed. */
const silenceMilliseconds = 30_000;

/**
 * Downloads the document of a ticket to `path`, on disk and verified when answered. Octets that an earlier try left
 * there are kept, if the server can send the rest [RFC 9110 14.2]. Throws FetchError.
 */
export async function fetchDocument(ticket: Ticket, path: string, signal: AbortSignal): Promise<void> {
  try {
    // what is written at once is synced at once
    const synced = ticket.octets <= writtenOctets ? syncedByWriting : 0;
    await using file = await open(path, appended | synced, 0o600);
    const left = (await file.stat()).size;
    let octets = Math.min(left, ticket.octets);
    const answer = await request(ticket.url, octets, signal);
    if (answer.statusCode === 200) octets = 0;
    if (left > octets) await file.truncate(octets);
    const digest = octets > 0 ? await digestOf(path) : createHash('sha256');
    octets += await receive(answer, file, digest, ticket.octets - octets);
    if (octets < ticket.octets) throw new FetchError('unreachable', 'the document stopped half-way');
    if (digest.digest('hex') !== ticket.sha256) {
      await file.truncate(0);
      throw new FetchError('wrong-document', 'the document is not the one that was accepted: its digest differs');
    }
    if (!synced || left > 0) await file.datasync();
  } catch (error) {
    throw asFetchError(error);
  }
}

/** Whether `path` holds the whole document of a ticket. */
export async function isDocument(ticket: Pick<Ticket, 'sha256'>, path: string): Promise<boolean> {
  try {
    return (await digestOf(path)).digest('hex') === ticket.sha256;
  } catch {
    return false;
  }
}

async function digestOf(path: string): Promise<Hash> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path)) digest.update(chunk);
  return digest;
}

async function request(url: string, from: number, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  const { get, agent } = clientFor(url);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = get(url, { agent, headers, signal }, resolve);
    asked.setTimeout(silenceMilliseconds, () => asked.destroy(new Error('the server of documents is silent')));
    asked.on('error', reject);
  });
  const status = answer.statusCode ?? 0;
  const isRest = status === 206 && answer.headers['content-range']?.startsWith(`bytes ${from}-`);
  if (status === 200 || isRest) return answer;
  answer.resume();
  // all octets are here already, or more than the server has: begin again
  if (status === 416 && from > 0) return await request(url, 0, signal);
  const isPassing = status >= 500 || status === 408 || status === 429 || status < 400;
  throw new FetchError(isPassing ? 'unreachable' : 'address-refused', `the document was refused with HTTP ${status}`);
}

/** Written at once: each write costs a turn of the event loop. */
const writtenOctets = 256 * 1024;

/** Answers how many octets came; a connection that breaks is as good as one that ends. */
async function receive(answer: IncomingMessage, file: FileHandle, digest: Hash, most: number): Promise<number> {
  let octets = 0;
  let waiting: Buffer[] = [];
  let waitingOctets = 0;
  const write = async () => {
    const chunks = waiting;
    waiting = [];
    waitingOctets = 0;
    await file.appendFile(Buffer.concat(chunks));
  };
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      octets += chunk.length;
      if (octets > most) {
        waiting = [];
        await file.truncate(0);
        throw new FetchError('wrong-document', 'the document is longer than the one that was accepted');
      }
      digest.update(chunk);
      waiting.push(chunk);
      waitingOctets += chunk.length;
      if (waitingOctets >= writtenOctets) await write();
    }
  } finally {
    // the next try goes on behind it
    await write();
  }
  return octets;
}

function asFetchError(error: unknown): FetchError {
  if (error instanceof FetchError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  if (isFull) return new FetchError('spool-full', 'there is no room for the document on the disk of the relay', error);
  return new FetchError('unreachable', `the document cannot be fetched: ${(error as Error).message}`, error);
}
