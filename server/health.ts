import { once } from 'node:events';
import { statfs } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { EmbeddedQueue } from '../shared/adapters/embedded/queue/queue.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { log } from '../shared/telemetry/log.ts';
import type { Disk } from './disk-space.ts';
import { companyId, locationId } from './first-start.ts';
import type { PrometheusMetrics } from './metrics.ts';

/*
 * What supervisors and monitoring ask a machine: `/healthz` is good while the process can do its own work (database,
 * disk, broker), `/readyz` while documents also reach paper (relay), `/metrics` has numbers for Prometheus. None needs
 * a key; `/metrics` answers programs on this machine only, since a proxy passes on what others may not see.
 */

/** Below this, documents are refused before the disk is full. */
const leastFreeOctets = 256 * 1024 ** 2;

const checkMilliseconds = 2000;

/** Throws an Error that says what is wrong. */
export type Check = () => Promise<void> | void;

export interface HealthParts {
  /** by name, in order; their failure makes `/healthz` and `/readyz` 503 */
  healthy: Record<string, Check>;
  /** on top of these, for `/readyz` only */
  ready: Record<string, Check>;
  /** shown by `/readyz`: what its operator should know, though the service works */
  warnings: () => Promise<string[]>;
  metrics: Pick<PrometheusMetrics, 'contentType' | 'text'>;
}

export function diskCheck(folder: string, disk: Disk = statfs): Check {
  return async () => {
    const { bavail, bsize } = await disk(folder);
    const free = bavail * bsize;
    if (free >= leastFreeOctets) return;
    throw new Error(`Only ${Math.round(free / 1024 ** 2)} MB are free where Platen keeps its data.`);
  };
}

/** Where a server that listens on all addresses answers, also without a name for this machine. */
const loopback: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Whether something listens on a port of this machine. */
export function portCheck(port: number, host: string): Check {
  return async () => {
    const socket = connect({ port, host: loopback[host] ?? host });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(checkMilliseconds) });
    } catch (cause) {
      throw new Error(`The relays' port ${port} does not accept connections.`, { cause });
    } finally {
      socket.destroy();
    }
  };
}

/** Messages that failed too often wait for a person. */
export const deadLetterWarnings = (queue: Pick<EmbeddedQueue, 'depths'>) =>
  queue
    .depths()
    .filter(({ deadLetters }) => deadLetters > 0)
    .map(
      ({ queue: name, deadLetters }) =>
        `Dead letters of the queue ${name}: ${deadLetters}. Their jobs wait; see docs/runbook.md#dead-letters.`,
    );

/** Whether a relay is connected to this machine's location; `why` says what is known of the cause. */
export function relayCheck({ registry }: Pick<Ports, 'registry'>, why: () => Promise<string | undefined>): Check {
  return async () => {
    const location = await registry.getLocation(companyId, locationId);
    if (location?.online) return;
    const known = await why();
    const cause = known ? ` ${known}` : '';
    throw new Error(`The relay of ${locationId} is not connected. Nothing is printed there.${cause}`);
  };
}

/** Answers a request for one of the three paths; false for any other path. */
export function makeHealthHandler({ healthy, ready, warnings, metrics }: HealthParts) {
  const paths: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
    '/healthz': async (_request, response) => answerChecks(response, healthy),
    '/readyz': async (_request, response) => answerChecks(response, { ...healthy, ...ready }, await warnings()),
    '/metrics': async (request, response) => {
      if (!isLocal(request)) return answer(response, 403, 'text/plain', 'Metrics are for programs on this machine.\n');
      answer(response, 200, metrics.contentType, await metrics.text());
    },
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const handle = paths[request.url?.split('?')[0] ?? ''];
    if (!handle || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    await handle(request, response);
    return true;
  };
}

async function answerChecks(
  response: ServerResponse,
  checks: Record<string, Check>,
  warnings: string[] = [],
): Promise<void> {
  const results = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await resultOf(check)]));
  const isGood = results.every(([, result]) => result === 'ok');
  if (!isGood) log.warn('health-check-failed', { checks: Object.fromEntries(results) });
  const status = isGood ? 'ok' : 'failed';
  const body = { status, checks: Object.fromEntries(results), ...(warnings.length > 0 && { warnings }) };
  answer(response, isGood ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
}

async function resultOf(check: Check): Promise<string> {
  try {
    await check();
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
}

/** A program on this machine asks, and no proxy on behalf of another. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
  return isLoopback && !headers['x-forwarded-for'] && !headers.forwarded;
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  const headers = { 'content-type': type, 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
