import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { JobId } from '../../../../../shared/core/domain/ids.ts';
import { isFinal, type Job, stateOf } from '../../../../../shared/core/domain/job.ts';
import type { Messages } from '../../../../../shared/core/ports/index.ts';
import { prepareJobs } from '../../../../../shared/core/usecases/documents/prepare-jobs.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { cancelJob } from '../../../../../shared/core/usecases/jobs/cancel-job.ts';
import { handleRelayEvent } from '../../../../../shared/core/usecases/jobs/relay-events.ts';
import { resolveJob } from '../../../../../shared/core/usecases/jobs/resolve-job.ts';
import { offerJobs } from '../../../../../shared/core/usecases/relays/offer-jobs.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import type { DownMessage, Report, UpMessage } from '../../../../../shared/protocol/relay-protocol.ts';
import { company, openWorld, relayId, type World } from '../../../world.ts';

/*
 * Jobs in a world that loses, repeats and reorders every message. The model is a relay that follows the protocol, and a
 * count of printed sheets: a job is printed at most once per attempt, a further attempt requires a person's request,
 * and a job that ends as "completed" was printed.
 */

const principal: Principal = { companyId: company, scopes: ['print'] };
const noConverter = { convert: () => Promise.reject(new Error('Nothing is converted here.')) };
const day = 24 * 60 * 60 * 1000;

/** Keeps granted jobs, prints them on demand, and may crash between printing and reporting. */
class ModelRelay {
  readonly papers: { jobId: JobId; attempt: number }[] = [];
  /** unconfirmed final reports, by job and attempt */
  readonly unnoted = new Map<string, Report>();
  readonly #held = new Map<
    string,
    { jobId: JobId; attempt: number; sequence: number; granted: boolean; ended: boolean }
  >();

  hear(message: DownMessage): UpMessage[] {
    if (message.type === 'tickets') {
      return message.tickets.flatMap(({ jobId, attempt }) => {
        const name = `${jobId}.${attempt}`;
        if (!this.#held.has(name)) this.#held.set(name, { jobId, attempt, sequence: 0, granted: false, ended: false });
        return [{ type: 'acknowledge', jobId, attempt, reports: [...this.unnoted.values()].slice(0, 10) } as const];
      });
    }
    if (message.type === 'inquire' || message.type === 'identify') return [];
    const noted = 'noted' in message ? (message.noted ?? []) : message.type === 'noted' ? [message] : [];
    for (const { jobId, attempt } of noted) this.unnoted.delete(`${jobId}.${attempt}`);
    const held = this.#held.get(`${message.jobId}.${message.attempt}`);
    if (message.type === 'granted' && held) held.granted = true;
    if (message.type === 'refused' && held && !held.granted) this.#held.delete(`${message.jobId}.${message.attempt}`);
    if (message.type === 'cancel' && held?.granted && !held.ended) return [this.#end(held, 'canceled')];
    return [];
  }

  /** The last report number of a job's attempt. */
  saidOf({ id, attempt }: Pick<Job, 'id' | 'attempt'>): number | undefined {
    return this.#held.get(`${id}.${attempt}`)?.sequence;
  }

  /** A new connection: fetches its jobs, and repeats unconfirmed reports. */
  connect(): UpMessage[] {
    return [{ type: 'fetch' }, ...this.unnoted.values()];
  }

  /** Prints the first granted job, and reports completion or an unknown outcome. */
  print(isCertain: boolean): UpMessage[] {
    const held = [...this.#held.values()].find(job => job.granted && !job.ended);
    if (!held) return [];
    this.papers.push({ jobId: held.jobId, attempt: held.attempt });
    if (isCertain) return [this.#report(held, 'processing', ['job-printing']), this.#end(held, 'completed')];
    return [this.#end(held, 'processing-stopped', ['delivery-unconfirmed'])];
  }

  #end(
    held: { jobId: JobId; attempt: number; sequence: number; ended: boolean },
    state: 'completed' | 'canceled' | 'processing-stopped',
    reasons: string[] = [],
  ): UpMessage {
    held.ended = true;
    const report = this.#report(held, state, reasons);
    this.unnoted.set(`${held.jobId}.${held.attempt}`, report);
    return { ...report, canWait: true };
  }

  #report(
    held: { jobId: JobId; attempt: number; sequence: number },
    state: 'processing' | 'processing-stopped' | 'completed' | 'canceled',
    reasons: string[],
  ): Report {
    const { jobId, attempt } = held;
    return { type: 'report', jobId, attempt, sequence: ++held.sequence, state, reasons, at: 0 };
  }
}

type Step =
  | { do: 'submit'; canRing: boolean }
  | { do: 'deliver'; which: number; fate: 'once' | 'twice' | 'lost' }
  | { do: 'print'; isCertain: boolean }
  | { do: 'cancel'; which: number }
  | { do: 'resolve'; which: number; as: 'printed' | 'reprint' }
  | { do: 'reconnect' }
  | { do: 'sweep'; after: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('submit' as const), canRing: fc.boolean() }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      which: fc.nat(20),
      fate: fc.constantFrom('once' as const, 'once' as const, 'twice' as const, 'lost' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('print' as const), isCertain: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      which: fc.nat(5),
      as: fc.constantFrom('printed' as const, 'reprint' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const), after: fc.constantFrom(60_000, 3_600_000) }) },
);

/** Messages in transit, in no order. */
type InFlight =
  | { to: 'cloud'; message: UpMessage }
  | { to: 'relay'; message: DownMessage }
  | { to: 'queue'; queue: string; message: unknown };

class Run {
  readonly relay = new ModelRelay();
  readonly jobIds: JobId[] = [];
  readonly reprints = new Map<JobId, number>();
  /** resolved by a person */
  readonly calledPrinted = new Set<JobId>();
  /** final reports included in acknowledgements */
  carried = 0;
  readonly #world: World;
  readonly #flight: InFlight[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async do(step: Step): Promise<void> {
    const { ports } = this.#world;
    const chosen = 'which' in step ? this.jobIds[step.which % this.jobIds.length] : undefined;
    if (step.do === 'submit') await this.#submit(step.canRing);
    if (step.do === 'deliver') await this.#deliver(step.which, step.fate);
    if (step.do === 'print') this.#toCloud(this.relay.print(step.isCertain));
    if (step.do === 'cancel' && chosen) await cancelJob(ports, principal, { id: chosen });
    if (step.do === 'resolve' && chosen) await this.#resolve(chosen, step.as);
    if (step.do === 'reconnect') this.#toCloud(this.relay.connect());
    if (step.do === 'sweep') {
      this.#world.wait(step.after);
      await sweep(ports);
    }
    this.#collect();
  }

  /** The network recovers: messages arrive, and the relay prints its jobs. */
  async settle(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      await this.do({ do: 'reconnect' });
      while (this.#flight.length > 0) await this.do({ do: 'deliver', which: 0, fate: 'once' });
      await this.do({ do: 'print', isCertain: true });
    }
  }

  /** Months pass without any message. */
  async abandon(): Promise<void> {
    this.#flight.length = 0;
    for (let passed = 0; passed < 40; passed++) {
      this.#world.wait(day);
      await sweep(this.#world.ports);
    }
  }

  async #submit(canRing: boolean): Promise<void> {
    const relayLink = canRing ? this.#world.ports.relayLink : { publish: () => Promise.reject(new Error('away')) };
    const targets = [{ locationId: 'office', deviceId: 'laser' }];
    const common = { contract: 'platen', targets, template: {}, properties: {} } as const;
    const jobs = await submitDocument({ ...this.#world.ports, relayLink }, principal, {
      ...common,
      bytes: Buffer.from('paper'),
    });
    this.jobIds.push(...jobs.map(job => job.id));
  }

  async #deliver(which: number, fate: 'once' | 'twice' | 'lost'): Promise<void> {
    const [taken] = this.#flight.splice(which % Math.max(1, this.#flight.length), 1);
    if (!taken || fate === 'lost') return;
    for (let time = 0; time < (fate === 'twice' ? 2 : 1); time++) await this.#arrive(taken);
  }

  async #arrive(taken: InFlight): Promise<void> {
    const { ports } = this.#world;
    if (taken.to === 'relay') return this.#toCloud(this.relay.hear(taken.message));
    if (taken.to === 'cloud' && taken.message.type === 'acknowledge')
      this.carried += taken.message.reports?.length ?? 0;
    if (taken.to === 'cloud') return await handleRelayEvent(ports, { ...taken.message, relayId });
    if (taken.queue === 'offer') return await offerJobs(ports, taken.message as Messages['offer']);
    await prepareJobs({ ...ports, converter: noConverter }, taken.message as Messages['prepare']);
  }

  async #resolve(id: JobId, as: 'printed' | 'reprint'): Promise<void> {
    const job = await this.#world.ports.jobs.get(id);
    if (job?.standing !== 'processing-stopped/delivery-unconfirmed') return;
    await resolveJob(this.#world.ports, principal, { id, as });
    if (as === 'printed') this.calledPrinted.add(id);
    if (as === 'reprint') this.reprints.set(id, (this.reprints.get(id) ?? 0) + 1);
  }

  #toCloud(messages: UpMessage[]): void {
    this.#flight.push(...messages.map(message => ({ to: 'cloud' as const, message })));
  }

  #collect(): void {
    this.#flight.push(...this.#world.sent.splice(0).map(({ message }) => ({ to: 'relay' as const, message })));
    this.#flight.push(...this.#world.queued.splice(0).map(entry => ({ to: 'queue' as const, ...entry })));
  }
}

async function inWorld(steps: Step[], assess: (run: Run, world: World) => Promise<void>): Promise<void> {
  const world = await openWorld();
  try {
    const run = new Run(world);
    for (const each of steps) await run.do(each);
    await assess(run, world);
  } finally {
    await world.close();
  }
}

const jobsOf = async (run: Run, world: World) =>
  (await Promise.all(run.jobIds.map(id => world.ports.jobs.get(id)))).filter(job => job !== undefined);

describe('jobs whose messages are lost, repeated and reordered', () => {
  const steps = fc.array(step, { minLength: 15, maxLength: 80, size: 'max' });

  it('are printed at most once per attempt, and again only on a person’s request', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, list =>
        inWorld(list, async (run, world) => {
          await run.settle();
          const names = run.relay.papers.map(({ jobId, attempt }) => `${jobId}.${attempt}`);

          expect(new Set(names).size).toBe(names.length);
          for (const id of run.jobIds) {
            const sheets = run.relay.papers.filter(paper => paper.jobId === id).length;
            expect(sheets).toBeLessThanOrEqual(1 + (run.reprints.get(id) ?? 0));
          }
          for (const job of await jobsOf(run, world)) {
            const isConfirmed = stateOf(job) === 'completed' && !run.calledPrinted.has(job.id);
            // a report of an earlier attempt does not count for this one
            if (isConfirmed) expect(names).toContain(`${job.id}.${job.attempt}`);
          }
        }),
      ),
      { numRuns: 50 },
    );
  });

  it('are printed if they are completed, unless a person resolved them', { timeout: 120_000 }, async () => {
    const withoutPeople = fc
      .array(step, { minLength: 15, maxLength: 80, size: 'max' })
      .map(list => list.filter(each => each.do !== 'resolve'));
    await fc.assert(
      fc.asyncProperty(withoutPeople, list =>
        inWorld(list, async (run, world) => {
          await run.settle();
          for (const job of await jobsOf(run, world)) {
            const isOnPaper = run.relay.papers.some(paper => paper.jobId === job.id);
            if (stateOf(job) === 'completed') expect(isOnPaper).toBe(true);
            if (job.receivedAt === undefined) expect(isOnPaper).toBe(false);
            if (isOnPaper)
              expect(['completed', 'processing-stopped', 'canceled', 'processing']).toContain(stateOf(job));
          }
        }),
      ),
      { numRuns: 50 },
    );
  });

  it('all end when no more messages arrive', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, list =>
        inWorld(list, async (run, world) => {
          await run.abandon();

          expect((await jobsOf(run, world)).every(isFinal)).toBe(true);
        }),
      ),
      { numRuns: 30 },
    );
  });

  it('end as the relay reported, however often the report was lost, and it is confirmed', {
    timeout: 120_000,
  }, async () => {
    const withoutPeople = steps.map(list => list.filter(each => each.do !== 'resolve'));
    let carried = 0;
    await fc.assert(
      fc.asyncProperty(withoutPeople, list =>
        inWorld(list, async (run, world) => {
          await run.settle();
          await run.settle();

          carried += run.carried;
          expect([...run.relay.unnoted.keys()]).toEqual([]);
          for (const job of await jobsOf(run, world)) {
            if (job.relayId !== undefined) expect(job.reportSequence).toBe(run.relay.saidOf(job));
          }
        }),
      ),
      { numRuns: 50 },
    );
    expect(carried).toBeGreaterThan(0);
  });

  it('print in the order of acceptance when the network recovers', { timeout: 120_000 }, async () => {
    const orderly = fc
      .array(step, { maxLength: 40 })
      .map(list => list.filter(each => each.do === 'submit' || each.do === 'deliver'));
    await fc.assert(
      fc.asyncProperty(orderly, list =>
        inWorld(list, async (run, world) => {
          const waiting = await world.ports.jobs.waiting(company, { locationId: 'office', deviceId: 'laser' }, 100);

          expect(waiting.map(job => job.id)).toEqual(run.jobIds.filter(id => waiting.some(job => job.id === id)));
          expect(waiting.map(job => job.sequence)).toEqual(waiting.map(job => job.sequence).toSorted((a, b) => a - b));
        }),
      ),
      { numRuns: 30 },
    );
  });
});
