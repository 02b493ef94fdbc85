import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomOf } from '../../../doubles/seeded-random.ts';
import { keyOf } from '../../../relay/held-job.ts';
import type { PrintRequest } from '../../../relay/printers/output-device.ts';
import { useApp } from '../../../shared/adapters/embedded/app.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import { type Job, stateOf } from '../../../shared/core/domain/job.ts';
import type { Ports } from '../../../shared/core/ports/index.ts';
import { submitDocument } from '../../../shared/core/usecases/documents/submit-document.ts';
import { printPlainly, ScriptedDevice, settle, startRelay } from '../relay/relay-fixture.ts';
import { company, openWorld, relayId, type World } from '../world.ts';

/*
 * The exported handlers of the queues `offer` and `relay-events` with a relay at the other end, and an SQS that
 * delivers in any order, repeatedly, in batches of any composition, and takes back failures.
 */

/** [AWS Lambda, "Using Lambda with Amazon SQS"], with the topic rule's body */
const documented = JSON.parse(readFileSync(new URL('../../fixtures/sqs/relay-events.json', import.meta.url), 'utf8'));
const handlers = {
  offer: (await import('../../../functions/offer.ts')).handler,
  'relay-events': (await import('../../../functions/relay-events.ts')).handler,
};
type Queue = keyof typeof handlers;

/** Wraps a message in the documented SQS envelope. */
function recordOf(body: string): SQSRecord {
  const md5OfBody = createHash('md5').update(body).digest('hex');
  return { ...(documented as SQSEvent).Records[0], messageId: randomUUID(), body, md5OfBody } as SQSRecord;
}

const deliver = async (queue: Queue, Records: SQSRecord[]) =>
  (await handlers[queue]({ Records }, {} as Context)) as SQSBatchResponse;

class Site {
  readonly device = new ScriptedDevice('laser');
  readonly #world: World;
  readonly #chance: (of: number) => boolean;
  readonly #pick: (count: number) => number;
  readonly #waiting: { queue: Queue; record: SQSRecord }[] = [];
  #relay!: Awaited<ReturnType<typeof startRelay>>;
  isWell = false;
  failures = 0;

  constructor(world: World, random: () => number) {
    this.#world = world;
    this.#chance = of => !this.isWell && random() < of;
    this.#pick = count => Math.floor(random() * count);
    this.device.onPrint = printWithTrouble;
    useApp(this.#faulty(world.ports));
  }

  async start(): Promise<void> {
    this.#relay = await startRelay({ device: this.device, holdBack: 0 });
    this.connect();
  }

  /** The relay has reconnected to the broker. */
  connect(): void {
    this.#relay.relay.connected();
  }

  get journal() {
    return this.#relay.journal.entries;
  }

  /** Until no messages are in transit. */
  async quieten(): Promise<void> {
    for (let idle = 0; idle < 3; ) {
      // repeats on a connect are sent by timers
      await new Promise(resolve => setTimeout(resolve, 2));
      await settle();
      this.#collect();
      idle = this.#waiting.length > 0 ? 0 : idle + 1;
      if (this.#waiting.length > 0) await this.#deliverSome();
    }
  }

  #collect(): void {
    const said = this.#relay.sent.splice(0).map(message => ({ ...message, relayId, receivedAt: 0 }));
    const asked = this.#world.queued.splice(0).filter(({ queue }) => queue === 'offer');
    for (const body of said) this.#put('relay-events', JSON.stringify(body));
    for (const { message } of asked) this.#put('offer', JSON.stringify(message));
    for (const { message } of this.#world.sent.splice(0)) {
      for (let copy = this.#chance(0.3) ? 2 : 1; copy > 0; copy--) this.#relay.relay.receive(structuredClone(message));
    }
  }

  #put(queue: Queue, body: string): void {
    const record = recordOf(body);
    for (let copy = this.#chance(0.4) ? 3 : 1; copy > 0; copy--) this.#waiting.push({ queue, record });
  }

  /** A random batch of waiting messages. Failed ones return, and sometimes successful ones. */
  async #deliverSome(): Promise<void> {
    const queue = this.#waiting[this.#pick(this.#waiting.length)]?.queue as Queue;
    const batch: SQSRecord[] = [];
    for (let count = 1 + this.#pick(10); count > 0; count--) {
      const theirs = this.#waiting.filter(each => each.queue === queue);
      const taken = theirs[this.#pick(theirs.length)];
      if (!taken) break;
      this.#waiting.splice(this.#waiting.indexOf(taken), 1);
      batch.push(taken.record);
    }
    const { batchItemFailures } = await deliver(queue, batch);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    this.failures += failed.size;
    const again = batch.filter(({ messageId }) => failed.has(messageId) || this.#chance(0.1));
    this.#waiting.push(...again.map(record => ({ queue, record })));
  }

  /** Tables that sometimes fail, before or after a write took effect, and a broker that sometimes fails. */
  #faulty(ports: Ports): Ports {
    const failing = <Given extends unknown[], Answer>(work: (...given: Given) => Promise<Answer>) => {
      return async (...given: Given) => {
        if (this.#chance(0.1)) throw new Error('away');
        const answer = await work(...given);
        if (this.#chance(0.1)) throw new Error('the answer was lost');
        return answer;
      };
    };
    const { jobs, relayLink } = ports;
    return {
      ...ports,
      jobs: { ...jobs, get: failing(id => jobs.get(id)), save: failing(job => jobs.save(job)) },
      relayLink: { publish: failing((id: RelayId, message) => relayLink.publish(id, message)) },
    };
  }
}

/** With several messages in transit, so that reports may be reordered. */
async function printWithTrouble(request: PrintRequest) {
  request.progress({ state: 'processing-stopped', reasons: ['printer-stopped', 'media-empty'] });
  await settle();
  request.progress({ state: 'processing', reasons: ['job-printing'] });
  await settle();
  return await printPlainly(request);
}

async function submit(world: World, count: number): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let number = 0; number < count; number++) {
    const targets = [{ locationId: 'office', deviceId: 'laser' }];
    const request = { contract: 'platen' as const, targets, name: 'page', template: {}, properties: {} };
    const principal = { companyId: company, scopes: ['print' as const] };
    jobs.push(...(await submitDocument(world.ports, principal, { ...request, bytes: Buffer.from('%PDF') })));
  }
  return jobs;
}

describe('messages in any order, repeated, in any batches, with occasional failures', () => {
  test('print each job once, in order, and record its end', { timeout: 60_000 }, async () => {
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), async seed => {
        const world = await openWorld();
        const site = new Site(world, randomOf(seed));
        const jobs = await submit(world, 6);

        await site.start();
        await site.quieten();
        site.isWell = true;
        // the next connection fetches and repeats everything lost, until nothing is left
        for (let round = 0; round < 3; round++) {
          site.connect();
          await site.quieten();
        }

        failures += site.failures;
        expect(site.device.printed).toEqual(jobs.map(job => keyOf({ jobId: job.id, attempt: 1 })));
        const ended = await Promise.all(jobs.map(job => world.ports.jobs.get(job.id)));
        expect(ended.map(job => job && stateOf(job))).toEqual(jobs.map(() => 'completed'));
        const end = expect.objectContaining({ state: 'completed' });
        expect([...site.journal.values()]).toEqual(jobs.map(() => ({ stage: 'forgotten', end })));
        await world.close();
      }),
      { numRuns: 15 },
    );
    expect(failures).toBeGreaterThan(0);
  });
});

describe('a batch', () => {
  test('returns each failed message, and nothing else', async () => {
    const world = await openWorld();
    const broken = 'b'.repeat(32) as RelayId;
    const getRelay: Ports['registry']['getRelay'] = id =>
      id === broken ? Promise.reject(new Error('away')) : world.ports.registry.getRelay(id);
    useApp({ ...world.ports, registry: { ...world.ports.registry, getRelay } });
    const body = (id: RelayId) => JSON.stringify({ type: 'fetch', relayId: id, receivedAt: 0 });
    const [good, unreadable, failing, failingAgain] = [body(relayId), 'no JSON', body(broken), body(broken)].map(
      recordOf,
    );

    const answer = await deliver('relay-events', [good, unreadable, failing, failingAgain] as SQSRecord[]);

    const failed = [failing, failingAgain].map(record => ({ itemIdentifier: record?.messageId }));
    expect(answer).toEqual({ batchItemFailures: failed });
    expect(world.sent).toHaveLength(1);
    await world.close();
  });

  test('as documented by AWS is parsed', async () => {
    const world = await openWorld();

    const answer = (await handlers['relay-events'](documented, {} as Context)) as SQSBatchResponse;

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(world.sent).toEqual([{ relayId, message: { type: 'tickets', tickets: [], more: false } }]);
    await world.close();
  });
});
