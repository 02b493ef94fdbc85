import type { Pluggable } from '@smithy/types';
import { openBucket, openQueue, openTables } from '../doubles/aws-harness.ts';
import { office, someBytes, someCompany, someLocation, somePrinter, someRelay } from '../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../scripts/ministack.ts';
import { makeRelayLink, openIotData } from '../shared/adapters/aws/iot/relay-link.ts';
import type { Principal } from '../shared/core/domain/company.ts';
import type { JobId, RelayId } from '../shared/core/domain/ids.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { submitDocument } from '../shared/core/usecases/documents/submit-document.ts';
import { handleRelayEvent } from '../shared/core/usecases/jobs/relay-events.ts';
import { offerJobs } from '../shared/core/usecases/relays/offer-jobs.ts';
import type { Report } from '../shared/protocol/relay-protocol.ts';

/** The AWS requests of one hop of a job. */
export interface Hop {
  name: string;
  /** number of requests, by `service:Operation` */
  calls: Map<string, number>;
  writeUnits: number;
  readUnits: number;
}

/** Hops that not every job has: a job passes the queue `offer` only if it cannot be published directly. */
export const occasionalHops = ['offer', 'report repeated', 'one status poll'];

/** Size of the printed document. */
export const documentOctets = 100_000;

/**
 * Prints a document on an emulator, acting as the relay, and counts the AWS requests of each hop. Key and relay are
 * cached and clients are open, as in a warm function. It is the relay's second job: the final report of the first is
 * sent with the acknowledgement.
 */
export async function countJobCalls(): Promise<Hop[]> {
  const ministack = await startMiniStack();
  const hops: Hop[] = [];
  const count = (service: string) => (client: object) => countCalls(client, service, () => hops.at(-1));
  const surroundings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };
  const [tables, bucket, queue] = await Promise.all([
    openTables(surroundings, count('dynamodb')),
    openBucket(surroundings, count('s3')),
    openQueue(surroundings, count('sqs')),
  ]);
  const iot = openIotData(surroundings);
  count('iot')(iot);
  const ports = { ...tables, ...bucket, ...queue, relayLink: makeRelayLink(iot) } as unknown as Ports;
  const hop = async (name: string, work: () => Promise<unknown>) => {
    hops.push({ name, calls: new Map(), writeUnits: 0, readUnits: 0 });
    return await work();
  };
  try {
    await liveTwoJobs(ports, (count, name, work) => (count ? hop(name, work) : work()));
    return hops;
  } finally {
    iot.destroy();
    await Promise.all([tables, bucket, queue].map(opened => opened.close()));
    await ministack.stop();
  }
}

type CountedHop = (isCounted: boolean, name: string, work: () => Promise<unknown>) => Promise<unknown>;

async function liveTwoJobs(ports: Ports, counted: CountedHop) {
  const principal: Principal = { companyId: someCompany(), scopes: ['print'] };
  const relayId: RelayId = someRelay();
  const { companyId } = principal;
  const clock = { now: Date.now, token: someRelay, pause: async () => undefined };
  const all = { ...ports, clock } as Ports;
  await ports.registry.saveLocation({ ...someLocation(companyId, office.locationId), relayId });
  await ports.registry.savePrinter(somePrinter(companyId, office));
  await ports.registry.putRelay({ relayId, companyId, locationId: office.locationId, createdAt: 0, revoked: false });

  const attempt = 1;
  const submission = {
    contract: 'platen' as const,
    targets: [office],
    name: 'Delivery note 2026-1182.pdf',
    template: { copies: 1, sides: 'two-sided-long-edge' as const },
    properties: {},
    bytes: Buffer.concat([Buffer.from('%PDF-1.7\n'), someBytes(documentOctets - 9)]),
  };
  let reports: Report[] = [];
  for (const isCounted of [false, true]) {
    const hop = (name: string, work: () => Promise<unknown>) => counted(isCounted, name, work);
    let jobId = '' as JobId;
    await hop('submit', async () => {
      const [job] = await submitDocument(all, principal, submission);
      jobId = job?.id as JobId;
    });
    await hop('offer', () => offerJobs(all, { companyId, printer: office }));
    await hop('acknowledge', () => handleRelayEvent(all, { relayId, type: 'acknowledge', jobId, attempt, reports }));
    const report = { jobId, attempt, sequence: 1, state: 'completed' as const, reasons: [], at: Date.now() };
    const end: Report = { type: 'report', ...report };
    await hop('report completed', () => handleRelayEvent(all, { ...end, relayId, canWait: true }));
    await hop('report repeated', () => handleRelayEvent(all, { ...end, relayId }));
    await hop('one status poll', () => ports.jobs.get(jobId));
    reports = [end];
  }
}

/** Counts each command of a client once, without retries, and its consumed capacity. */
export function countCalls(client: object, service: string, current: () => Hop | undefined): void {
  const { middlewareStack } = client as { middlewareStack: { use(plugin: Pluggable<never, never>): void } };
  middlewareStack.use({
    applyToStack(stack) {
      stack.add(
        (next, context) => async given => {
          if (service === 'dynamodb') Object.assign(given.input, { ReturnConsumedCapacity: 'INDEXES' });
          const answer = await next(given);
          const hop = current();
          if (!hop) return answer;
          const name = `${service}:${context.commandName?.replace(/Command$/, '')}`;
          hop.calls.set(name, (hop.calls.get(name) ?? 0) + 1);
          const isRead = /:(Get|BatchGet|Query)/.test(name);
          hop[isRead ? 'readUnits' : 'writeUnits'] += unitsIn(answer.output);
          return answer;
        },
        { step: 'initialize', name: 'count-calls' },
      );
    },
  });
}

function unitsIn(output: object): number {
  const { ConsumedCapacity } = output as { ConsumedCapacity?: Capacity | Capacity[] };
  return [ConsumedCapacity ?? []].flat().reduce((sum, capacity) => sum + (capacity.CapacityUnits ?? 0), 0);
}

interface Capacity {
  CapacityUnits?: number;
}
