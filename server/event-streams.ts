import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpRequest } from '../shared/contracts/contract.ts';
import { errorJson } from '../shared/contracts/platen/problem.ts';
import { streamRequestOf } from '../shared/contracts/platen/requests.ts';
import { positionText, streamHeaders, streamStart, streamText } from '../shared/contracts/platen/responses.ts';
import { PrintError } from '../shared/core/domain/errors.ts';
import type { CompanyId } from '../shared/core/domain/ids.ts';
import {
  type Follower,
  nextOfStream,
  recogniseFollower,
  type StreamPorts,
  type StreamRequest,
} from '../shared/core/usecases/events/follow-events.ts';
import { takeRequest } from '../shared/handlers/request.ts';
import { log } from '../shared/telemetry/log.ts';
import { eventOf } from './event.ts';
import { setCors } from './gateway.ts';

/*
 * The stream of events, on one machine sent piece by piece over one connection. API Gateway collects answers before it
 * sends them; there, the function `live` answers the same requests in parts.
 */

const path = '/platen/v1/events/stream';
const perCompany = 20;
const inAll = 200;
/** Shows clients and proxies that the stream is alive. The key is checked again as often: it may have been revoked. */
const usualKeepMilliseconds = 15_000;

export interface EventStreams {
  /** Answers its own path, and returns false for all others. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Ends all streams; clients connect again. */
  close(): void;
}

export function makeEventStreams(ports: StreamPorts, keepMilliseconds = usualKeepMilliseconds): EventStreams {
  const open = new Map<AbortController, CompanyId>();

  function enter({ principal: { companyId } }: Follower): AbortController {
    const ofCompany = [...open.values()].filter(other => other === companyId).length;
    if (open.size >= inAll || ofCompany >= perCompany) {
      const limit = ofCompany >= perCompany ? `${perCompany} streams of a company` : `${inAll} streams`;
      throw new PrintError(
        'busy',
        `At most ${limit} may be open. Close one, or ask GET /platen/v1/events with "wait".`,
      );
    }
    const ended = new AbortController();
    open.set(ended, companyId);
    return ended;
  }

  async function stream(request: HttpRequest, response: ServerResponse): Promise<void> {
    const asked = streamRequestOf(request);
    const follower = await recogniseFollower(ports, asked);
    const ended = enter(follower);
    response.on('close', () => ended.abort());
    try {
      // the position also goes to a client that has no event yet: it may have to connect again
      const after = asked.after ?? (await ports.events.range(follower.principal.companyId)).newest;
      response.writeHead(200, streamHeaders).write(streamStart + positionText(after));
      await follow({ ...asked, after }, follower, response, ended.signal);
      response.end();
    } finally {
      open.delete(ended);
    }
  }

  /** Sends events until the client leaves, the server stops, or the key is not good any longer. */
  async function follow(
    asked: StreamRequest & { after: number },
    first: Follower,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    let follower = first;
    const { companyId } = follower.principal;
    let { after } = asked;
    for (let keptAt = performance.now(); !signal.aborted; ) {
      const page = await nextOfStream(ports, follower, after);
      const isGone = 'gone' in page;
      const part = isGone ? { events: [], next: Math.max(page.gone.oldest - 1, 0), gone: page.gone } : page;
      if (isGone || part.events.length > 0) await send(response, streamText(part, asked.isNamed), signal);
      after = part.next;
      const left = keptAt + keepMilliseconds - performance.now();
      if (left <= 0) {
        follower = await recogniseFollower(ports, asked);
        await send(response, streamText({ events: [], next: after }, false) + keepText, signal);
        keptAt = performance.now();
      } else if (!isGone && !page.more) await ports.events.waitFor(companyId, after, left, signal);
    }
  }

  return {
    async handle(request, response) {
      if (request.method !== 'GET' || request.url?.split('?')[0] !== path) return false;
      setCors(request, response);
      try {
        await stream(takeRequest(eventOf(request, Buffer.alloc(0))), response);
      } catch (error) {
        refuse(response, error);
      }
      return true;
    },
    close() {
      for (const ended of open.keys()) ended.abort();
    },
  };
}

const keepText = ': keep\n\n';

/** A client that reads slowly holds up its own stream only. */
async function send(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text) || signal.aborted) return;
  await new Promise<void>(resolve => {
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    if (!(error instanceof PrintError) || error.code === 'internal') log.error('stream-failed', { error });
    response.end();
    return;
  }
  const known =
    error instanceof PrintError ? error : new PrintError('internal', 'The stream failed.', { cause: error });
  if (known.code === 'internal') log.error('stream-failed', { error });
  const { status, headers, body } = errorJson(known);
  response.writeHead(status, headers).end(body);
}
