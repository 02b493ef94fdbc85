import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CompanyId, JobId, RelayId } from '../../../shared/core/domain/ids.ts';
import { handleRelayEvent } from '../../../shared/core/usecases/jobs/relay-events.ts';
import { sweep } from '../../../shared/core/usecases/upkeep/sweep.ts';
import { company, key, openWorld, otherKey, relayId, type World } from '../world.ts';

/*
 * A random walk over the API against a model of what jobs do, with two companies interleaved: thousands of calls, in any
 * order, repeated, for the wrong job, and for a job of the other company.
 */

type ModelState =
  | 'held'
  | 'waiting'
  | 'taken'
  | 'begun'
  | 'cancelling'
  | 'unconfirmed'
  | 'completed'
  | 'canceled'
  | 'expired';

interface ModelJob {
  id: string;
  printer: string;
  state: ModelState;
  key?: string;
  /** minutes */
  expiresAt?: number;
  attempt: number;
  asks: number;
  isBegun?: boolean;
  reports: number;
}

/** What the API shows of each state of the model. */
const shownAs: Record<ModelState, [state: string, reason: string]> = {
  held: ['pending-held', 'job-hold-until-specified'],
  waiting: ['pending', 'job-fetchable'],
  taken: ['processing', 'queued-in-device'],
  begun: ['processing', 'queued-in-device'],
  cancelling: ['processing', 'queued-in-device'],
  unconfirmed: ['processing-stopped', 'delivery-unconfirmed'],
  completed: ['completed', 'job-completed-successfully'],
  canceled: ['canceled', 'job-canceled-by-user'],
  expired: ['aborted', 'aborted-by-system'],
};

const rivalRelay = 'e'.repeat(32) as RelayId;
const [document, minute] = [{ base64: 'JVBERi0xLjcK' }, 60_000];
const isUnbegun = ({ state }: ModelJob) => state === 'held' || state === 'waiting' || state === 'taken';
/** Its relay was asked to end it, and says that it has not begun. */
const isIdle = (job: ModelJob) => isUnbegun(job) || (job.state === 'cancelling' && job.isBegun === false);

class Tenant {
  readonly jobs: ModelJob[] = [];
  readonly newest = new Map<string, ModelJob>();
  readonly #world: World;
  readonly #key: string;
  readonly #relay: RelayId;

  constructor(world: World, secret: string, relay: RelayId) {
    this.#world = world;
    this.#key = secret;
    this.#relay = relay;
  }

  async call(method: string, path: string, body?: object) {
    const headers = { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' };
    const [route = '', query] = path.split('?');
    const request = { method, path: `/platen/v1/${route}`, query, headers, body: body && JSON.stringify(body) };
    const answer = await this.#world.call(request);
    return { status: answer.statusCode ?? 0, json: JSON.parse(answer.body ?? '{}') };
  }

  async submit(printer: string, wishes: { hold?: true; supersedes?: string; expiresInSeconds?: number }, now: number) {
    const { status, json } = await this.call('POST', 'jobs', { printer, document, ...wishes });
    expect(status).toBe(201);
    const { hold, supersedes, expiresInSeconds } = wishes;
    const expiresAt = expiresInSeconds && now + expiresInSeconds / 60;
    const job: ModelJob = {
      id: json.jobs[0].id,
      printer,
      state: hold ? 'held' : 'waiting',
      key: supersedes,
      expiresAt,
      attempt: 1,
      asks: 0,
      reports: 0,
    };
    this.add(job);
  }

  add(job: ModelJob): void {
    this.jobs.push(job);
    if (job.key === undefined) return;
    const place = `${job.printer} ${job.key}`;
    const older = this.newest.get(place);
    if (older && isIdle(older)) older.state = 'canceled';
    this.newest.set(place, job);
  }

  async cancel(job: ModelJob) {
    expect((await this.call('POST', `jobs/${job.id}/cancel`)).status).toBe(200);
    if (isUnbegun(job) || job.state === 'unconfirmed') job.state = 'canceled';
    else if (job.state === 'begun') job.state = 'cancelling';
  }

  async release(job: ModelJob) {
    const { status } = await this.call('POST', `jobs/${job.id}/release`);
    expect(status).toBe(job.state === 'held' ? 200 : 409);
    if (job.state === 'held') job.state = 'waiting';
  }

  async resolve(job: ModelJob, as: 'printed' | 'reprint') {
    const { json } = await this.call('POST', 'jobs/resolve', { ids: [job.id], as });
    expect('job' in json.results[0]).toBe(job.state === 'unconfirmed');
    if (job.state !== 'unconfirmed') return;
    job.state = as === 'printed' ? 'completed' : 'waiting';
    if (as === 'reprint') Object.assign(job, { attempt: job.attempt + 1, asks: 0, reports: 0, expiresAt: undefined });
  }

  async move(job: ModelJob, printer: string) {
    const { status, json } = await this.call('POST', `jobs/${job.id}/move`, { printer });
    const known = this.jobs.find(({ id }) => id === json.id);
    if (known) return;
    const isMoved = job.state === 'held' || job.state === 'waiting';
    expect(status < 400).toBe(isMoved);
    if (!isMoved) return;
    const state = job.state;
    job.state = 'canceled';
    this.add({ ...job, id: json.id, printer, state, attempt: 1, asks: 0, reports: 0 });
  }

  async ask(job: ModelJob, waits: boolean, now: number) {
    const isOver = job.expiresAt !== undefined && job.expiresAt <= now;
    const ask = ++job.asks;
    const { attempt, id } = job;
    const from = { type: 'acknowledge' as const, relayId: this.#relay, jobId: id as JobId, attempt };
    await handleRelayEvent(this.#world.ports, { ...from, instance: 'one', ask, waits, reportSequence: job.reports });
    if (job.state === 'cancelling') job.isBegun = !waits;
    // a relay that was restarted before it sent anything asks for later
    if (job.state === 'begun' && isOver) this.isExpiring.add(job.id);
    if (job.state === 'begun') job.state = isOver ? 'cancelling' : waits ? 'taken' : 'begun';
    else if (job.state === 'waiting' || job.state === 'taken') {
      job.state = isOver ? 'expired' : waits ? 'taken' : 'begun';
    }
  }

  async report(job: ModelJob, outcome: 'completed' | 'canceled' | 'unconfirmed') {
    const isHeldByRelay = job.state === 'begun' || job.state === 'cancelling';
    if (!isHeldByRelay) return;
    const isDoubtful = outcome === 'unconfirmed';
    const state = isDoubtful ? 'processing-stopped' : outcome;
    const reasons = isDoubtful ? ['delivery-unconfirmed'] : [];
    const from = { type: 'report' as const, relayId: this.#relay, jobId: job.id as JobId, attempt: job.attempt };
    await handleRelayEvent(this.#world.ports, { ...from, sequence: ++job.reports, state, reasons, at: 0 });
    const isLate = outcome === 'canceled' && job.expiresAt !== undefined && this.isExpiring.has(job.id);
    job.state = isLate ? 'expired' : outcome;
  }

  /** jobs whose relay was asked to end them because of their deadline */
  readonly isExpiring = new Set<string>();

  expire(now: number): void {
    for (const job of this.jobs) {
      if (job.expiresAt === undefined || job.expiresAt > now) continue;
      if (isIdle(job)) job.state = 'expired';
      else if (job.state === 'begun' || job.state === 'cancelling') {
        job.state = 'cancelling';
        this.isExpiring.add(job.id);
      }
    }
  }

  /** The whole list, and one job in detail. */
  async compare(other: Tenant, index: number) {
    const { json } = await this.call('GET', 'jobs?limit=100');
    const listed = json.jobs.map(({ id, state, reasons }: { id: string; state: string; reasons: string[] }) => [
      id,
      state,
      reasons[0],
    ]);
    const expected = this.jobs.map(({ id, state }) => [id, ...shownAs[state]]);
    expect(listed.toSorted()).toEqual(expected.slice(-100).toSorted());
    const job = this.jobs[index % Math.max(1, this.jobs.length)];
    if (!job) return;
    expect((await this.call('GET', `jobs/${job.id}`)).json.state).toBe(shownAs[job.state][0]);
    for (const path of ['', '/trace', '/document']) {
      expect((await other.call('GET', `jobs/${job.id}${path}`)).status).toBe(404);
    }
    for (const path of ['/cancel', '/release', '/copies', '/resolve']) {
      const { status } = await other.call(
        'POST',
        `jobs/${job.id}${path}`,
        path === '/resolve' ? { as: 'printed' } : undefined,
      );
      expect([400, 404]).toContain(status);
    }
  }
}

const printer = fc.constantFrom('office:laser', 'office:label');
const index = fc.nat(1000);
const wishes = fc.record(
  {
    hold: fc.constant(true as const),
    supersedes: fc.constantFrom('a', 'b'),
    expiresInSeconds: fc.constantFrom(60, 600, 6000),
  },
  { requiredKeys: [] },
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('submit' as const), printer, wishes }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'release' as const), index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      index,
      as: fc.constantFrom('printed' as const, 'reprint' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), index, printer }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), index, waits: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      index,
      outcome: fc.constantFrom('completed' as const, 'canceled' as const, 'unconfirmed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(1, 5, 30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compare' as const), index }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function take(step: Step, tenant: Tenant, other: Tenant, world: World, clock: { minutes: number }) {
  if (step.do === 'wait') {
    world.wait(step.minutes * minute);
    clock.minutes += step.minutes;
    while ((await sweep(world.ports)) > 0);
    for (const each of [tenant, other]) each.expire(clock.minutes);
    return;
  }
  if (step.do === 'submit') return await tenant.submit(step.printer, step.wishes, clock.minutes);
  if (step.do === 'compare') return await tenant.compare(other, step.index);
  const job = tenant.jobs[step.index % Math.max(1, tenant.jobs.length)];
  if (!job) return;
  switch (step.do) {
    case 'cancel':
    case 'release':
      return await tenant[step.do](job);
    case 'resolve':
      return await tenant.resolve(job, step.as);
    case 'move':
      return await tenant.move(job, step.printer);
    case 'ask':
      return await tenant.ask(job, step.waits, clock.minutes);
    case 'report':
      return await tenant.report(job, step.outcome);
  }
}

it('the API does what the model does, for two companies at once', { timeout: 120_000 }, async () => {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), step), { minLength: 60, maxLength: 150 }), async walk => {
      const world = await openWorld();
      const rival = 'rival' as CompanyId;
      await world.ports.registry.putRelay({
        relayId: rivalRelay,
        companyId: rival,
        locationId: 'office',
        createdAt: 0,
        revoked: false,
      });
      const location = await world.ports.registry.getLocation(rival, 'office');
      if (location) await world.ports.registry.saveLocation({ ...location, relayId: rivalRelay });
      const tenants = [new Tenant(world, key, relayId), new Tenant(world, otherKey, rivalRelay)] as const;
      const clock = { minutes: 0 };
      try {
        for (const [isRival, one] of walk) {
          await take(one, tenants[isRival ? 1 : 0], tenants[isRival ? 0 : 1], world, clock);
          steps++;
        }
        for (const [place, tenant] of tenants.entries()) await tenant.compare(tenants[1 - place] as Tenant, 0);
        expect((await world.ports.jobs.list(company, 1)).jobs.every(({ companyId }) => companyId === company)).toBe(
          true,
        );
      } finally {
        await world.close();
      }
    }),
    { numRuns: 25, seed: 7, endOnFailure: true },
  );
  expect(steps).toBeGreaterThan(2000);
});
