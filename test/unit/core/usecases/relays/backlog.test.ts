import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobId } from '../../../../../shared/core/domain/ids.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { Device } from '../../../../../shared/core/domain/printer.ts';
import { handleRelayEvent } from '../../../../../shared/core/usecases/jobs/relay-events.ts';
import { offerJobs } from '../../../../../shared/core/usecases/relays/offer-jobs.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { company, key, openWorld, relayId, startedAt, type World } from '../../../world.ts';

/* What becomes of the jobs that waited while their printer, or its relay, was away. */

const minute = 60_000;
const policies = ['all', 'newest', 'ask', 'drop'] as const;

let world: World;
let version = 1;
beforeEach(async () => {
  world = await openWorld();
  version = 1;
  await connect();
});
afterEach(() => world.close());

async function call(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await world.call({ method, path: `/platen/v1/${path}`, headers, body: body && JSON.stringify(body) });
  return JSON.parse(answer.body ?? '{}');
}
const submitted = async (): Promise<JobId> =>
  (await call('POST', 'jobs', { printer: 'office:laser', document: { base64: 'JVBERi0xLjcK' } })).jobs[0].id;
const setPolicy = (backlogPolicy: string) => call('PATCH', 'printers/office:laser', { backlogPolicy });
const shown = (id: string) => call('GET', `jobs/${id}`);
const printer = () => call('GET', 'printers/office:laser');
const summaries = async (ids: string[]) => await Promise.all(ids.map(async id => (await shown(id)).summary));
const now = () => world.ports.clock.now();
const connect = () => handleRelayEvent(world.ports, { type: 'connected', relayId, at: now(), version: version++ });
const disconnect = () =>
  handleRelayEvent(world.ports, { type: 'disconnected', relayId, at: now(), version: version - 1 });
const fetchTickets = () => handleRelayEvent(world.ports, { type: 'fetch', relayId, instance: 'one' });
const ask = (jobId: JobId, number: number, waits: boolean) =>
  handleRelayEvent(world.ports, {
    ...{ type: 'acknowledge', relayId, jobId, attempt: 1, instance: 'one', ask: number, waits, reportSequence: 0 },
  });
const register = (...stateReasons: string[]) => {
  const state = stateReasons.length > 0 ? ('stopped' as const) : ('idle' as const);
  const devices: Device[] = [{ deviceId: 'laser', scheme: 'ipp', attributes: {}, state, stateReasons }];
  return handleRelayEvent(world.ports, { type: 'register', relayId, devices });
};
const answers = () =>
  world.sent
    .splice(0)
    .map(({ message }) => message.type)
    .filter(type => type !== 'tickets');
const ticketed = () =>
  world.sent.flatMap(({ message }) => (message.type === 'tickets' ? message.tickets.map(({ jobId }) => jobId) : []));

/** Three jobs that come while the relay is away. */
async function awayFor(milliseconds: number): Promise<JobId[]> {
  await disconnect();
  const ids = [await submitted(), await submitted(), await submitted()];
  world.wait(milliseconds);
  world.sent.length = 0;
  return ids;
}

const outcomes: Record<(typeof policies)[number], string[]> = {
  all: ['waiting for the site', 'waiting for 1 job ahead', 'waiting for 2 jobs ahead'],
  newest: ['dropped', 'dropped', 'waiting for the site'],
  ask: ['held', 'held', 'held'],
  drop: ['dropped', 'dropped', 'dropped'],
};

describe.each(policies)('with the policy %s', policy => {
  beforeEach(() => setPolicy(policy));

  it.each(['connected first', 'fetch first'])(
    'jobs that waited for a relay are treated as it says: %s',
    async order => {
      const ids = await awayFor(15 * minute);

      if (order === 'connected first') await connect();
      await fetchTickets();
      if (order === 'fetch first') await connect();

      expect(await summaries(ids)).toEqual(outcomes[policy]);
      expect(ticketed()).toEqual(ids.filter((_, index) => outcomes[policy][index]?.startsWith('waiting')));
    },
  );

  it('jobs are printed after a short absence', async () => {
    const ids = await awayFor(9 * minute);

    await connect();
    await fetchTickets();

    expect(ticketed()).toEqual(ids);
  });

  it('no doorbell rings before the backlog is dealt with', async () => {
    await awayFor(15 * minute);

    await offerJobs(world.ports, { companyId: company, printer: { locationId: 'office', deviceId: 'laser' } });

    expect(ticketed()).toHaveLength(policy === 'all' ? 3 : 0);
  });

  it('jobs that the relay has for a printer that was off are treated alike', async () => {
    await register('offline');
    const [begun, waits, waiting] = [await submitted(), await submitted(), await submitted()];
    await ask(begun, 1, false);
    await ask(waits, 1, true);
    world.wait(15 * minute);
    expect((await shown(begun)).summary).toBe('printer off');
    expect((await printer()).awaySince).toBe(new Date(startedAt).toISOString());

    await register();

    const begunIs = policy === 'newest' || policy === 'drop' ? 'cancelling' : 'next at the printer';
    expect((await shown(begun)).summary).toBe(begunIs);
    const others = { all: 'waiting', newest: 'waiting', ask: 'held', drop: 'dropped' }[policy];
    expect((await shown(waiting)).summary).toContain(others);
    expect((await shown(waits)).summary).toContain(policy === 'newest' ? 'dropped' : others);
    expect((await printer()).awaySince).toBeUndefined();
  });

  it('nothing begins at a printer that was off before the policy is applied', async () => {
    await register('offline');
    const [begun, next] = [await submitted(), await submitted()];
    await ask(begun, 1, false);
    world.wait(15 * minute);
    world.sent.length = 0;

    await ask(begun, 2, false);
    await ask(next, 1, false);
    const early = answers();
    await register();
    await ask(begun, 3, false);
    const late = answers();

    expect(early).toEqual(policy === 'all' ? ['granted', 'granted'] : []);
    expect(late).toContain({ all: 'granted', newest: 'refused', ask: 'refused', drop: 'refused' }[policy]);
  });
});

/** Jobs like one that is there, fifty at a time. */
async function createLike(id: JobId, count: number, members: Partial<Job>): Promise<void> {
  const job = (await world.ports.jobs.get(id)) as Job;
  for (let made = 0; made < count; made += 50) {
    const some = Array.from({ length: 50 }, () => ({
      ...job,
      ...members,
      id: randomBytes(16).toString('hex') as JobId,
    }));
    await world.ports.jobs.create(some, undefined);
  }
}

it('of more waiting jobs than are read only the newest is printed', async () => {
  const { jobs } = world.ports;
  const readAll = jobs.waiting.bind(jobs);
  vi.spyOn(jobs, 'waiting').mockImplementation(async (...of) => (await readAll(...of)).slice(0, 2));
  await setPolicy('newest');
  const [oldest, , unread] = await awayFor(minute);
  await createLike(oldest as JobId, 500, { printer: { locationId: 'office', deviceId: 'other' } });
  const newest = await submitted();
  world.wait(15 * minute);
  await connect();
  world.sent.length = 0;

  await ask(unread as JobId, 1, false);
  await ask(newest, 1, false);

  expect(answers()).toEqual(['refused', 'granted']);
});

describe('in a company with many newer jobs', () => {
  /** A job that the relay has for a printer that was off, and so many newer ones for another printer. */
  async function heldBehind(newer: number): Promise<JobId> {
    await register('offline');
    const id = await submitted();
    await ask(id, 1, true);
    await createLike(id, newer, { printer: { locationId: 'office', deviceId: 'other' } });
    world.wait(15 * minute);
    return id;
  }

  it('a policy reads the newest 500 of them', async () => {
    await setPolicy('drop');
    await heldBehind(1000);
    const list = vi.spyOn(world.ports.jobs, 'list');

    await register();

    expect(list).toHaveBeenCalledTimes(5);
  });

  it.each<[(typeof policies)[number], string]>([
    ['drop', 'dropped'],
    ['ask', 'held'],
  ])('a job that is older than these is treated as the policy %s says when its relay asks', async (policy, summary) => {
    await setPolicy(policy);
    const id = await heldBehind(500);
    await register();
    const meanwhile = (await shown(id)).summary;

    await ask(id, 2, false);

    expect(meanwhile).not.toBe(summary);
    expect((await shown(id)).summary).toBe(summary);
  });

  it('the older of two such jobs is dropped for the newer one', async () => {
    await setPolicy('newest');
    const older = await heldBehind(500);
    const newer = await submitted();
    world.wait(minute);
    await register();

    await ask(older, 2, false);

    expect((await shown(older)).summary).toBe('dropped');
    expect((await shown(newer)).summary).toContain('waiting');
  });

  it('a reprint that was asked for since is printed', async () => {
    await setPolicy('drop');
    const id = await heldBehind(500);
    await register();
    world.wait(minute);
    await handleRelayEvent(world.ports, {
      ...{ type: 'report', relayId, jobId: id, attempt: 1, sequence: 1, at: 0, message: 'lost' },
      ...{ state: 'processing-stopped', reasons: ['delivery-unconfirmed'] },
    });
    await call('POST', `jobs/${id}/resolve`, { as: 'reprint' });
    world.sent.length = 0;

    await handleRelayEvent(world.ports, {
      ...{ type: 'acknowledge', relayId, jobId: id, attempt: 2, instance: 'one', ask: 1, waits: false },
    });

    expect(answers()).toEqual(['granted']);
  });
});

it('a job that its relay may have begun is held when the relay asks, and not before', async () => {
  await setPolicy('ask');
  await register('offline');
  const begun = await submitted();
  await ask(begun, 1, false);
  world.wait(15 * minute);
  await register();
  const before = (await shown(begun)).state;
  world.sent.length = 0;

  await ask(begun, 2, false);

  expect(before).toBe('processing');
  expect(answers()).toEqual(['refused']);
  expect((await shown(begun)).summary).toBe('held');
});

it('the printer shows a digest of its last absence', async () => {
  await setPolicy('newest');
  await awayFor(20 * minute);
  await connect();
  await fetchTickets();
  await submitted();
  await fetchTickets();

  expect((await printer()).lastBacklog).toEqual({
    from: new Date(startedAt).toISOString(),
    until: new Date(startedAt + 20 * minute).toISOString(),
    printed: 1,
    held: 0,
    dropped: 2,
  });
});

it('a dropped job says why, and how long its printer was away', async () => {
  await setPolicy('drop');
  const [id] = await awayFor(20 * minute);
  await connect();

  const { state, reasons, message } = await shown(id as string);

  expect({ state, reasons }).toEqual({
    state: 'aborted',
    reasons: ['aborted-by-system', 'expired', 'backlog-dropped'],
  });
  expect(message).toContain(`office:laser was away from ${new Date(startedAt).toISOString()}`);
});

it('a job that was held for a decision is printed once it is released, also after the next absence', async () => {
  await setPolicy('ask');
  const [id] = await awayFor(20 * minute);
  await connect();
  await call('POST', `jobs/${id}/release`);
  await disconnect();
  world.wait(20 * minute);

  await connect();
  await fetchTickets();

  expect(ticketed()).toEqual([id]);
});

it('the relay that was asked to drop a job that it had begun says what became of it', async () => {
  await setPolicy('drop');
  await register('offline');
  const id = await submitted();
  await ask(id, 1, false);
  world.wait(15 * minute);
  await register();
  const report = { type: 'report' as const, relayId, jobId: id, attempt: 1, sequence: 1, at: 0 };

  await handleRelayEvent(world.ports, { ...report, state: 'canceled', reasons: ['job-canceled-by-user'] });
  await sweep(world.ports);

  expect(world.sent).toContainEqual({ relayId, message: { type: 'cancel', jobId: id, attempt: 1 } });
  expect(await shown(id)).toMatchObject({ state: 'aborted', summary: 'dropped' });
});

describe('the state of a printer', () => {
  const timeAfter = (minutes: number) => new Date(startedAt + minutes * minute).toISOString();

  it('has the time of its first report, however often it is reported', async () => {
    await register();
    world.wait(minute);
    await register();
    expect(await printer()).toMatchObject({ state: 'idle', stateSince: timeAfter(0) });

    world.wait(minute);
    await register('media-empty-error');
    world.wait(minute);
    await register('media-empty-error');
    expect(await printer()).toMatchObject({ state: 'stopped', stateSince: timeAfter(2) });

    await disconnect();
    expect(await printer()).toMatchObject({ state: 'unknown', stateSince: timeAfter(3) });
  });
});
