import type { Pluggable } from '@smithy/types';
import { openBucket, openQueue, openTables } from '../doubles/aws-harness.ts';
import { office, someBytes, someCompany, someLocation, somePrinter, someRelay, someToken } from '../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../scripts/ministack.ts';
import type { Item } from '../shared/adapters/aws/dynamo/dynamo.ts';
import { itemOf } from '../shared/adapters/aws/dynamo/job-items.ts';
import { makeRelayLink, openIotData } from '../shared/adapters/aws/iot/relay-link.ts';
import { embeddedMetrics } from '../shared/adapters/aws/metrics.ts';
import type { Principal } from '../shared/core/domain/company.ts';
import type { JobId, RelayId } from '../shared/core/domain/ids.ts';
import type { Job } from '../shared/core/domain/job.ts';
import { eventsBetween } from '../shared/core/domain/job-changes.ts';
import type { Webhook } from '../shared/core/domain/webhook.ts';
import type { JobStore, Ports } from '../shared/core/ports/index.ts';
import { submitDocument } from '../shared/core/usecases/documents/submit-document.ts';
import { deliverEvent } from '../shared/core/usecases/events/deliver-event.ts';
import { recordChanges } from '../shared/core/usecases/events/record-changes.ts';
import { handleRelayEvent } from '../shared/core/usecases/jobs/relay-events.ts';
import { offerJobs } from '../shared/core/usecases/relays/offer-jobs.ts';
import type { Report } from '../shared/protocol/relay-protocol.ts';
import { configureLog } from '../shared/telemetry/log.ts';
import { flushMetrics, useMetrics } from '../shared/telemetry/metrics.ts';
import { observeJobs } from '../shared/telemetry/observe-jobs.ts';

/** The AWS requests of one hop of a job. */
export interface Hop {
  name: string;
  /** number of requests, by `service:Operation` */
  calls: Map<string, number>;
  writeUnits: number;
  readUnits: number;
  /** lines and metrics in the log of the function */
  logOctets: number;
}

/** Hops that not every job has: a job passes the queue `offer` only if it cannot be published directly. */
export const occasionalHops = ['offer', 'report repeated', 'one status poll'];
/** Of a relay that disconnects and connects again. */
export const reconnectHops = ['disconnected', 'connected', 'fetch'];

/** What a job's events cost in addition: of a company that does not use them, one that reads them, one with a webhook. */
export const eventHops = {
  unused: 'no events',
  log: 'events in the log',
  queued: 'the same, with a webhook',
  delivered: 'deliveries to it',
};
/** What is not counted. */
const preparation = 'preparation';
/** Of a job, each of which makes an event: created, at its relay, completed. */
export const jobChanges = 3;

/** Size of the printed document. */
export const documentOctets = 100_000;

/**
 * Prints a document on an emulator, acting as the relay, and counts the AWS requests of each hop. Key and relay are
 * cached and clients are open, as in a warm function. It is the relay's second job: the final report of the first is
 * sent with the acknowledgement.
 */
export async function countJobCalls(): Promise<{ hops: Hop[]; itemOctets: number }> {
  const ministack = await startMiniStack();
  const hops: Hop[] = [];
  const count = (service: string) => (client: object) => countCalls(client, service, () => hops.at(-1));
  const surroundings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };
  const [bucket, queue] = await Promise.all([
    openBucket(surroundings, count('s3')),
    openQueue(surroundings, count('sqs')),
  ]);
  const tables = await openTables(surroundings, count('dynamodb'), queue.queue);
  const iot = openIotData(surroundings);
  count('iot')(iot);
  const ports = { ...tables, ...bucket, ...queue, relayLink: makeRelayLink(iot) } as unknown as Ports;
  const hop = async (name: string, work: () => Promise<unknown>) => {
    hops.push({ name, calls: new Map(), writeUnits: 0, readUnits: 0, logOctets: 0 });
    const answer = await work();
    flushMetrics();
    return answer;
  };
  const write = (line: string) => {
    const current = hops.at(-1);
    if (current) current.logOctets += Buffer.byteLength(line) + lineOctets;
  };
  const restoreLog = configureLog({ write });
  useMetrics(embeddedMetrics('Platen/prod', Date.now, write));
  try {
    const records = await liveTwoJobs(ports, (count, name, work) => (count ? hop(name, work) : work()));
    await writeEvents(ports, records, hop);
    const itemOctets = octetsOf(itemOf(records.at(-1) as Job, someToken()));
    return { hops: hops.filter(({ name }) => name !== preparation), itemOctets };
  } finally {
    restoreLog();
    useMetrics(undefined);
    iot.destroy();
    await Promise.all([tables, bucket, queue].map(opened => opened.close()));
    await ministack.stop();
  }
}

type CountedHop = (isCounted: boolean, name: string, work: () => Promise<unknown>) => Promise<unknown>;

/** Returns the records of the second job, one after another. */
async function liveTwoJobs(ports: Ports, counted: CountedHop): Promise<Job[]> {
  const principal: Principal = { companyId: someCompany(), scopes: ['print'] };
  const relayId: RelayId = someRelay();
  const { companyId } = principal;
  const clock = { now: Date.now, token: someRelay, pause: async () => undefined };
  let records: Job[] = [];
  const jobs: JobStore = {
    ...ports.jobs,
    async create(...given) {
      const outcome = await ports.jobs.create(...given);
      if (typeof outcome === 'object' && 'created' in outcome) records = [...outcome.created];
      return outcome;
    },
    async save(job) {
      const outcome = await ports.jobs.save(job);
      if ('saved' in outcome) records.push(outcome.saved);
      return outcome;
    },
  };
  const all = { ...ports, jobs: observeJobs(jobs), clock } as Ports;
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
    const presence = { relayId, at: Date.now() };
    await hop('disconnected', () => handleRelayEvent(all, { ...presence, type: 'disconnected', version: 1 }));
    await hop('connected', () => handleRelayEvent(all, { ...presence, type: 'connected', version: isCounted ? 2 : 1 }));
    await hop('fetch', () => handleRelayEvent(all, { relayId, type: 'fetch' }));
    reports = [end];
  }
  return records;
}

/** Writes the events of a job's records, each change by itself, for companies that use events more and more. */
async function writeEvents(ports: Ports, records: Job[], hop: (name: string, work: () => Promise<unknown>) => unknown) {
  const changed = records.filter((record, index) => eventsBetween(records[index - 1], record).length > 0);
  if (changed.length !== jobChanges) throw new Error(`The job made ${changed.length} events.`);
  const companyId = someCompany();
  const tell = async () => {
    const id = someToken() as JobId;
    const own = changed.map(record => ({ ...record, id, companyId }));
    for (const [index, after] of own.entries())
      await recordChanges(ports, [{ kind: 'job', before: own[index - 1], after, at: after.updatedAt }]);
  };
  await hop(eventHops.unused, tell);
  await hop(preparation, () => ports.events.keepInUse(companyId));
  await hop(eventHops.log, tell);
  const webhook: Webhook = {
    ...{ id: someToken(), companyId, name: 'ERP', url: 'https://erp.test', signing: 'v1', keys: [], state: 'active' },
    ...{ createdAt: 0, version: 0 },
  };
  await hop(preparation, () => ports.webhookStore.saveWebhook(webhook));
  await hop(eventHops.queued, tell);
  const eventPoster = { check: () => undefined, post: async () => ({ status: 204, milliseconds: 100, text: '' }) };
  const keyring = { keyFor: async () => Buffer.alloc(32) };
  const all = { ...ports, clock: { ...ports.clock, token: someToken }, keyring, eventPoster };
  await hop(eventHops.delivered, async () => {
    // the newest first, since a call goes on with the events after its own
    for (let sequence = 2 * jobChanges; sequence > jobChanges; sequence--)
      await deliverEvent(all, { companyId, webhookId: webhook.id, sequence, attempt: 1 });
  });
}

/** What CloudWatch adds to a line [CloudWatch Logs quotas]. */
const lineOctets = 26;

/** The size of an item and of its entries in two indexes, which have keys only [DynamoDB, item sizes]. */
function octetsOf(item: Item): number {
  const size = (names: string[]) =>
    names.reduce((octets, name) => {
      const { S = '', N = '', B = new Uint8Array() } = item[name] as { S?: string; N?: string; B?: Uint8Array };
      return octets + name.length + S.length + N.length + B.length;
    }, indexedOctets);
  const keys = ['pk', 'sk'];
  const indexes = [
    ['listOf', 'listedAt'],
    ['dueShard', 'lookAt'],
  ];
  const entries = indexes.filter(names => names.every(name => name in item)).map(names => size([...keys, ...names]));
  return entries.reduce((sum, octets) => sum + octets, size(Object.keys(item)));
}

const indexedOctets = 100;

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
