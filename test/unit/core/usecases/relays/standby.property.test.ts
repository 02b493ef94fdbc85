import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobId, RelayId } from '../../../../../shared/core/domain/ids.ts';
import { type Role, roleOf } from '../../../../../shared/core/domain/standby.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import type { DownMessage, Report, UpMessage } from '../../../../../shared/protocol/relay-protocol.ts';
import { openTwoRelays, type TwoRelays } from './two-relays.ts';

/*
 * The real use cases with two relays that follow the protocol, and a line that loses, repeats, delays and reorders messages
 * in both directions. Paper is the judge: no attempt comes out twice, however the relays come, go, ask and take over.
 */

const second = 1000;

/** What a relay's journal holds of a job. */
interface Held {
  attempt: number;
  asked: number;
  /** by whichever relay had it before */
  reported: number;
  /** the last ask, if it was not answered */
  open?: { waits: boolean };
  isPermitted: boolean;
  /** on paper, or partly */
  isBegun: boolean;
  report?: Report;
}

/** A relay as the protocol demands it: it begins only with permission that answers its last ask. */
class ModelRelay {
  readonly id: RelayId;
  readonly held = new Map<JobId, Held>();
  readonly #scene: Scene;
  isOnline = false;
  instance = 0;

  constructor(id: RelayId, scene: Scene) {
    this.id = id;
    this.#scene = scene;
  }

  get jobs(): [JobId, Held][] {
    return [...this.held];
  }

  say(message: UpMessage): void {
    if (this.isOnline) this.#scene.up.push({ from: this.id, message });
  }

  ask(jobId: JobId | undefined, waits: boolean): void {
    const job = jobId && this.held.get(jobId);
    if (!job || job.isBegun) return;
    job.asked++;
    job.open = { waits };
    job.isPermitted = false;
    this.say(this.#acknowledge(jobId, job, waits));
  }

  #acknowledge(jobId: JobId, { attempt, asked, report, reported }: Held, waits: boolean): UpMessage {
    const instance = `${this.id} ${this.instance}`;
    return {
      type: 'acknowledge',
      jobId,
      attempt,
      instance,
      ask: asked,
      waits,
      reportSequence: report?.sequence ?? reported,
    };
  }

  begin(jobId: JobId | undefined): void {
    const job = jobId && this.held.get(jobId);
    if (!job?.isPermitted) return;
    job.isPermitted = false;
    job.isBegun = true;
    this.#scene.paper.push(`${jobId} ${job.attempt}`);
  }

  report(jobId: JobId | undefined, state: Report['state'], reasons: string[] = []): void {
    const job = jobId && this.held.get(jobId);
    const isAllowed = job && (job.isBegun || state === 'processing-stopped') && job.report?.state !== 'completed';
    if (!jobId || !isAllowed) return;
    const sequence = (job.report?.sequence ?? job.reported) + 1;
    job.report = { type: 'report', jobId, attempt: job.attempt, sequence, state, reasons, at: 0 };
    this.say(job.report);
  }

  /** The process ends at any line and starts again: what was begun is found at the printer, permission is gone. */
  restart(): void {
    this.instance++;
    for (const job of this.held.values()) {
      job.isPermitted = false;
      job.open = undefined;
    }
  }

  hear(message: DownMessage): void {
    if (message.type === 'tickets') {
      for (const { jobId, attempt, asked = 0, reported = 0 } of message.tickets) {
        const known = this.held.get(jobId);
        if (known?.attempt === attempt) known.asked = Math.max(known.asked, asked);
        else this.held.set(jobId, { attempt, asked, reported, isPermitted: false, isBegun: false });
      }
      return;
    }
    if (message.type === 'inquire') {
      for (const { jobId, attempt } of message.jobs) this.#answer(jobId, attempt);
      return;
    }
    if (message.type === 'identify') return;
    const job = this.held.get(message.jobId);
    const isCurrent = job?.attempt === message.attempt && !job.isBegun;
    if (!job || !isCurrent || !('ask' in message) || message.ask !== job.asked || !job.open) return;
    if (message.type === 'granted') {
      job.isPermitted = !job.open.waits;
      job.open = undefined;
    } else this.held.delete(message.jobId);
  }

  #answer(jobId: JobId, attempt: number): void {
    const job = this.held.get(jobId);
    const instance = `${this.id} ${this.instance}`;
    if (job?.attempt !== attempt) this.say({ type: 'unknown', jobId, attempt, instance });
    else if (job.report) this.say(job.report);
  }
}

class Scene {
  readonly two: TwoRelays;
  readonly relays: [ModelRelay, ModelRelay];
  readonly up: { from: RelayId; message: UpMessage }[] = [];
  readonly down: { to: RelayId; message: DownMessage }[] = [];
  readonly paper: string[] = [];
  readonly jobs: JobId[] = [];

  constructor(two: TwoRelays) {
    this.two = two;
    this.relays = [new ModelRelay(two.first, this), new ModelRelay(two.second, this)];
  }

  async connect(relay: ModelRelay): Promise<void> {
    if (relay.isOnline) return;
    relay.isOnline = true;
    await this.two.connect(relay.id);
    relay.say({ type: 'fetch', instance: `${relay.id} ${relay.instance}` });
    for (const { report } of relay.held.values()) if (report) relay.say(report);
  }

  async disconnect(relay: ModelRelay): Promise<void> {
    if (!relay.isOnline) return;
    relay.isOnline = false;
    for (const job of relay.held.values()) job.isPermitted = false;
    await this.two.disconnect(relay.id);
  }

  /** Hands one waiting message over, and what the cloud says to it gets on its way. */
  async toCloud(index: number, isKept: boolean): Promise<void> {
    const [sent] = this.up.splice(index % this.up.length, 1);
    if (!sent) return;
    if (isKept) this.up.push(sent);
    await this.two.hear(sent.from, structuredClone(sent.message));
    await this.collect();
  }

  async collect(): Promise<void> {
    const { relayId: active } = await this.two.location();
    for (const { relayId, message } of this.two.world.sent.splice(0)) {
      if (message.type === 'granted') expect(relayId, 'permission to a relay that is not active').toBe(active);
      this.down.push({ to: relayId, message });
    }
  }

  toRelay(index: number, isKept: boolean): void {
    const [sent] = this.down.splice(index % this.down.length, 1);
    if (!sent) return;
    if (isKept) this.down.push(sent);
    const relay = this.relays.find(({ id }) => id === sent.to);
    if (relay?.isOnline) relay.hear(structuredClone(sent.message));
  }

  async pass(milliseconds: number): Promise<void> {
    this.two.world.wait(milliseconds);
    while ((await sweep(this.two.world.ports)) > 0);
    await this.collect();
  }

  async deliverAll(): Promise<void> {
    for (let round = 0; this.up.length + this.down.length > 0 && round < 500; round++) {
      if (this.up.length > 0) await this.toCloud(0, false);
      if (this.down.length > 0) this.toRelay(0, false);
    }
  }

  /** All is well for some hours. */
  async heal(): Promise<void> {
    for (const relay of this.relays) await this.connect(relay);
    for (let round = 0; round < 12; round++) {
      for (const relay of this.relays) {
        relay.say({ type: 'fetch' });
        for (const [jobId] of relay.jobs) relay.ask(jobId, false);
      }
      await this.deliverAll();
      for (const relay of this.relays) {
        for (const [jobId] of relay.jobs) {
          relay.begin(jobId);
          relay.report(jobId, 'completed');
        }
      }
      await this.deliverAll();
      await this.pass((round < 6 ? 61 : 3600) * second);
    }
    await this.deliverAll();
  }

  async relayAs(role: Role): Promise<ModelRelay> {
    const location = await this.two.location();
    return this.relays.find(({ id }) => roleOf(location, id) === role) as ModelRelay;
  }

  async reach(relay: ModelRelay, stage: (typeof stages)[number], index: number): Promise<void> {
    const [jobId] = relay.jobs.at(index % Math.max(relay.jobs.length, 1)) ?? [];
    if (stage === 'fetch') relay.say({ type: 'fetch' });
    if (stage === 'ask' || stage === 'ask again') relay.ask(jobId, false);
    if (stage === 'stopped') relay.report(jobId, 'processing-stopped', ['printer-stopped']);
    if (stage === 'ask for later') relay.ask(jobId, true);
    if (stage === 'begin' && index % 3 === 0) relay.begin(jobId);
    if (stage === 'begin again') relay.begin(jobId);
    if (stage === 'end') relay.report(jobId, 'completed');
    await this.deliverAll();
  }

  printed = (id: JobId) => this.paper.filter(sheet => sheet.startsWith(id)).length;
}

/** How far a relay comes with a job at a stretch, unless its messages wait. */
const stages = ['fetch', 'ask', 'begin', 'stopped', 'ask for later', 'ask again', 'begin again', 'end'] as const;

const stepOf = <What extends string>(weight: number, what: What) => ({
  weight,
  arbitrary: fc.record({
    what: fc.constant(what),
    who: fc.nat(1),
    count: fc.nat(7),
    index: fc.nat(50),
    isKept: fc.boolean(),
  }),
});
const step = fc.oneof(
  stepOf(6, 'submit'),
  stepOf(6, 'work'),
  stepOf(3, 'fail'),
  stepOf(4, 'connect'),
  stepOf(1, 'disconnect'),
  stepOf(1, 'restart'),
  stepOf(2, 'deliver all'),
  stepOf(4, 'to the cloud'),
  stepOf(4, 'to a relay'),
  stepOf(1, 'lose'),
  stepOf(3, 'fetch'),
  stepOf(3, 'ask'),
  stepOf(2, 'begin'),
  stepOf(1, 'end'),
  stepOf(1, 'second'),
  stepOf(2, 'minute'),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(scene: Scene, { what, who, count, index, isKept }: Step): Promise<void> {
  const relay = await scene.relayAs(who === 0 ? 'active' : 'standby');
  const [jobId] = relay.jobs.at(index % Math.max(relay.jobs.length, 1)) ?? [];
  switch (what) {
    case 'submit':
      scene.jobs.push((await scene.two.submit()).id);
      return await scene.collect();
    case 'work':
      for (const stage of stages.slice(0, 1 + count)) await scene.reach(relay, stage, index);
      return;
    case 'fail':
      await scene.disconnect(relay);
      return await scene.pass(61 * second);
    case 'connect':
      return await scene.connect(relay);
    case 'disconnect':
      return await scene.disconnect(relay);
    case 'restart':
      return relay.restart();
    case 'deliver all':
      return await scene.deliverAll();
    case 'to the cloud':
      return await scene.toCloud(index, isKept);
    case 'to a relay':
      return scene.toRelay(index, isKept);
    case 'lose':
      return void (isKept ? scene.up : scene.down).splice(index, 1);
    case 'fetch':
      return relay.say({ type: 'fetch' });
    case 'ask':
      return relay.ask(jobId, isKept);
    case 'begin':
      return relay.begin(jobId);
    case 'end':
      return isKept ? relay.report(jobId, 'completed') : relay.report(jobId, ...inDoubt);
    case 'second':
      return await scene.pass(second);
    case 'minute':
      return await scene.pass(61 * second);
  }
}

const inDoubt: [Report['state'], string[]] = ['processing-stopped', ['delivery-unconfirmed']];

test('two relays never print one attempt twice, and no job is lost between them', { timeout: 60_000 }, async () => {
  const runs = fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async plan => {
    const two = await openTwoRelays();
    try {
      const scene = new Scene(two);
      for (const relay of scene.relays) await scene.connect(relay);
      for (const each of plan) await take(scene, each);
      await scene.heal();

      expect(scene.paper).toEqual([...new Set(scene.paper)]);
      for (const id of scene.jobs) {
        const { standing } = await two.job(id);
        const isKnown = standing === 'completed/job-completed-successfully' && scene.printed(id) === 1;
        const isInDoubt = standing === 'processing-stopped/delivery-unconfirmed';
        expect(isKnown || isInDoubt, `${standing}, printed ${scene.printed(id)}`).toBe(true);
      }
    } finally {
      await two.world.close();
    }
  });
  await fc.assert(runs, { numRuns: 40, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true });
});
