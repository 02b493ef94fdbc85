import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { Ask } from '../../../../../shared/core/domain/grant.ts';
import type { RelayId } from '../../../../../shared/core/domain/ids.ts';
import { allReasonsOf, type Job } from '../../../../../shared/core/domain/job.ts';
import type { Location } from '../../../../../shared/core/domain/printer.ts';
import type { JobStore } from '../../../../../shared/core/ports/index.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { cancelJob } from '../../../../../shared/core/usecases/jobs/cancel-job.ts';
import { handleRelayEvent } from '../../../../../shared/core/usecases/jobs/relay-events.ts';
import { resolveJob } from '../../../../../shared/core/usecases/jobs/resolve-job.ts';
import { createEnrolmentCode, enrolRelay } from '../../../../../shared/core/usecases/relays/enrol-relay.ts';
import { holdRestored } from '../../../../../shared/core/usecases/relays/hold-restored.ts';
import { savePrinter } from '../../../../../shared/core/usecases/relays/manage-printers.ts';
import { updatePresence } from '../../../../../shared/core/usecases/relays/update-presence.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import type { Attempt, UpMessage } from '../../../../../shared/protocol/relay-protocol.ts';
import { company, openWorld, relayId, startedAt, type World } from '../../../world.ts';

/** What becomes of jobs that a relay holds when the relay, its folder or its connection is lost. */

const principal: Principal = { companyId: company, scopes: ['print', 'admin'] };
const relay = { relayId, companyId: company, locationId: 'office', createdAt: 0, revoked: false };
const minute = 60_000;
const hour = 60 * minute;
let world: World;

beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const attemptOf = ({ id, attempt }: Job): Attempt => ({ jobId: id, attempt });
const hear = (message: UpMessage) => handleRelayEvent(world.ports, { ...message, relayId });
const now = async ({ id }: Job) => (await world.ports.jobs.get(id)) as Job;
const said = () => world.sent.splice(0).map(({ message }) => message);

async function submit(): Promise<Job> {
  const targets = [{ locationId: 'office', deviceId: 'laser' }];
  const request = { contract: 'platen' as const, targets, name: 'page', template: {}, properties: {} };
  const [job] = await submitDocument(world.ports, principal, { ...request, bytes: Buffer.from('%PDF') });
  return job as Job;
}

/** A job that the relay's first instance was given, and may have begun unless it waits. */
async function give(waits = false): Promise<Job> {
  const job = await submit();
  await hear({ type: 'acknowledge', ...attemptOf(job), instance: 'first', ask: 1, waits, reportSequence: 0 });
  said();
  return await now(job);
}

async function sweepAll(): Promise<void> {
  while ((await sweep(world.ports)) > 0);
}

const connect = (at: number) => updatePresence(world.ports, relay, { type: 'connected', at, version: at });

describe('a relay that is replaced', () => {
  it('leaves what it may have begun unconfirmed at once, and the rest to its successor', async () => {
    const [begun, waiting] = [await give(), await give(true)];
    const { code } = await createEnrolmentCode(world.ports, principal, { locationId: 'office' });

    await enrolRelay(world.ports, { code, csr: 'a request' });

    expect(await now(begun)).toMatchObject({
      standing: 'processing-stopped/delivery-unconfirmed',
      message: expect.stringContaining('was replaced'),
    });
    expect(await now(waiting)).toMatchObject({ standing: 'pending/job-fetchable', attempt: 1 });
  });
});

describe('a code that is not to replace a relay', () => {
  const address = { locationId: 'office' };

  it('is refused where a relay has connected since it was made', async () => {
    const { code } = await createEnrolmentCode(world.ports, principal, address);
    await connect(startedAt);

    await expect(enrolRelay(world.ports, { code, csr: 'a request' })).rejects.toMatchObject({ code: 'conflict' });

    expect(await world.ports.registry.getLocation(company, 'office')).toMatchObject({ relayId });
  });

  it('still works for the relay that enrolled by it, and whose answer was lost', async () => {
    const { code } = await createEnrolmentCode(world.ports, principal, address);
    const first = await enrolRelay(world.ports, { code, csr: 'a request' });
    const it = { ...relay, relayId: first.relayId };
    await updatePresence(world.ports, it, { type: 'connected', at: startedAt, version: 1 });

    expect(await enrolRelay(world.ports, { code, csr: 'a request' })).toEqual(first);
  });
});

describe('a relay that lost its place', () => {
  it('leaves jobs that were not released then to the sweep', async () => {
    const [begun, waiting] = [await give(), await give(true)];
    const location = await world.ports.registry.getLocation(company, 'office');
    await world.ports.registry.saveLocation({ ...(location as Location), relayId: 'e'.repeat(32) as RelayId });
    world.queued.splice(0);

    world.wait(hour);
    await sweepAll();

    expect(await now(begun)).toMatchObject({
      standing: 'processing-stopped/delivery-unconfirmed',
      message: expect.stringContaining('was replaced'),
    });
    expect(await now(waiting)).toMatchObject({ standing: 'pending/job-fetchable', attempt: 1 });
    expect(world.queued).toContainEqual({ queue: 'offer', message: { companyId: company, printer: waiting.printer } });
  });

  it('costs the enrolment of its successor five pages of jobs, however many there are', async () => {
    await give();
    const { code } = await createEnrolmentCode(world.ports, principal, { locationId: 'office' });
    const { jobs } = world.ports;
    let pages = 0;
    const list: JobStore['list'] = async (of, limit) => ({ ...(await jobs.list(of, limit)), next: String(++pages) });

    await enrolRelay({ ...world.ports, jobs: { ...jobs, list } }, { code, csr: 'a request' });

    expect(pages).toBe(5);
  });
});

describe('a relay that was offline while it held a job', () => {
  const asksAgain = (job: Job, changes: Partial<Ask> = {}) =>
    hear({
      type: 'acknowledge',
      ...attemptOf(job),
      ...{ instance: 'second', ask: 2, waits: false, reportSequence: 0, ...changes },
    });
  /** A job that is unconfirmed, since its relay was not heard for a day. */
  async function unheard(): Promise<Job> {
    const job = await give();
    world.wait(25 * hour);
    await sweepAll();
    said();
    return await now(job);
  }

  it('prints it when it is back, as it asks before it begins', async () => {
    const job = await unheard();

    await asksAgain(job);

    expect(job.standing).toBe('processing-stopped/delivery-unconfirmed');
    expect(said()).toEqual([{ type: 'granted', ...attemptOf(job), ask: 2 }]);
    expect(await now(job)).toMatchObject({ standing: 'processing/queued-in-device' });
    expect((await now(job)).message).toBeUndefined();
  });

  it('is refused after three days, and nothing was printed', async () => {
    const job = await unheard();
    world.wait(48 * hour);

    await asksAgain(job);

    expect(said()).toEqual([{ type: 'refused', ...attemptOf(job), ask: 2 }]);
    expect(await now(job)).toMatchObject({
      standing: 'aborted/aborted-by-system',
      reasons: ['expired'],
      message: 'The job expired before its printer could print it. Nothing was printed.',
    });
  });

  it('is refused when its folder is a copy from before the permission', async () => {
    const job = await unheard();

    await asksAgain(job, { ask: 1 });

    expect(said()).toEqual([{ type: 'refused', ...attemptOf(job), ask: 1 }]);
    expect(await now(job)).toMatchObject({ standing: 'processing-stopped/delivery-unconfirmed' });
  });
});

describe('a relay whose journal is new or damaged', () => {
  const lost = 'The relay has lost its journal.';

  it('leaves what an earlier instance held unconfirmed, and offers the rest again', async () => {
    const [begun, waiting] = [await give(), await give(true)];

    await hear({ type: 'fetch', instance: 'second', holds: [], lost });

    expect(await now(begun)).toMatchObject({ standing: 'processing-stopped/delivery-unconfirmed', message: lost });
    const [answer] = said();
    expect(answer).toMatchObject({ type: 'tickets', tickets: [{ jobId: waiting.id, asked: 1 }] });
  });

  it('continues the numbers of reports about a job that is offered again', async () => {
    const waiting = await give(true);
    const report = { ...attemptOf(waiting), type: 'report' as const, at: 0 };
    await hear({ ...report, sequence: 3, state: 'processing-stopped', reasons: ['media-empty'] });

    await hear({ type: 'fetch', instance: 'second', holds: [], lost });

    const [answer] = said();
    expect(answer).toMatchObject({ type: 'tickets', tickets: [{ jobId: waiting.id, reported: 3 }] });
  });

  it('keeps what this very instance was given', async () => {
    const job = await give();

    await hear({ type: 'fetch', instance: 'first', holds: [], lost });

    expect(await now(job)).toMatchObject({ standing: 'processing/queued-in-device' });
  });
});

describe('a copy of a relay', () => {
  const copyAsks = (job: Job, ask: number) =>
    hear({ type: 'acknowledge', ...attemptOf(job), instance: 'copy', ask, waits: false, reportSequence: 0 });

  it('is refused what another instance was given, and the other one goes on', async () => {
    const job = await give();
    world.wait(minute);

    await copyAsks(job, 1);
    const answer = said();
    await hear({
      type: 'report',
      ...attemptOf(job),
      sequence: 1,
      state: 'completed',
      reasons: ['job-completed-successfully'],
      at: 0,
    });
    world.wait(2 * minute);
    await sweepAll();

    expect(answer).toEqual([{ type: 'refused', ...attemptOf(job), ask: 1 }]);
    expect(await now(job)).toMatchObject({ standing: 'completed/job-completed-successfully' });
  });

  it('leaves the job unconfirmed when the other instance is not heard of any more', async () => {
    const job = await give();
    world.wait(minute);

    await copyAsks(job, 1);
    const before = await now(job);
    world.wait(2 * minute);
    await sweepAll();

    expect(before.standing).toBe('processing/queued-in-device');
    expect(await now(job)).toMatchObject({
      standing: 'processing-stopped/delivery-unconfirmed',
      message: expect.stringContaining('restored it from a copy'),
    });
  });

  it('is refused a job that has ended', async () => {
    const job = await give();
    await hear({ type: 'report', ...attemptOf(job), sequence: 1, state: 'completed', reasons: [], at: 0 });
    said();

    await copyAsks(job, 2);

    expect(said()).toEqual([{ type: 'refused', ...attemptOf(job), ask: 2 }]);
  });
});

describe('a cancel that the relay did not hear', () => {
  it('is final at once for a job that has not begun, whose relay is refused later', async () => {
    const job = await give(true);

    const canceled = await cancelJob(world.ports, principal, { id: job.id });
    said();
    await hear({
      type: 'acknowledge',
      ...attemptOf(job),
      instance: 'first',
      ask: 2,
      waits: false,
      reportSequence: 0,
    });

    expect(canceled.standing).toBe('canceled/job-canceled-by-user');
    expect(said()).toEqual([{ type: 'refused', ...attemptOf(job), ask: 2 }]);
  });

  it('is repeated by the sweep, with each connection and report, and instead of permission', async () => {
    const job = await give();
    await cancelJob(world.ports, principal, { id: job.id });
    const cancel = { type: 'cancel', ...attemptOf(job) };
    const first = said();

    world.wait(minute);
    await sweepAll();
    const bySweep = said();
    await hear({ type: 'fetch', instance: 'first', holds: [attemptOf(job)] });
    const byConnection = said().filter(({ type }) => type === 'cancel');
    await hear({
      type: 'acknowledge',
      ...attemptOf(job),
      instance: 'first',
      ask: 2,
      waits: false,
      reportSequence: 0,
    });
    const byPermission = said();
    await hear({
      type: 'report',
      ...attemptOf(job),
      sequence: 1,
      state: 'processing',
      reasons: ['job-printing'],
      at: 0,
    });

    expect([first, bySweep, byConnection]).toEqual([[cancel], [cancel], [cancel]]);
    expect(byPermission).toMatchObject([cancel]);
    expect(said()).toEqual([cancel]);
  });
});

describe('a job that a person resolved as printed', () => {
  it('is refused to the relay that held it', async () => {
    const job = await give();
    world.wait(25 * hour);
    await sweepAll();
    await resolveJob(world.ports, principal, { id: job.id, as: 'printed' });
    said();

    await hear({
      type: 'acknowledge',
      ...attemptOf(job),
      instance: 'first',
      ask: 2,
      waits: false,
      reportSequence: 0,
    });

    expect(said()).toEqual([{ type: 'refused', ...attemptOf(job), ask: 2 }]);
  });
});

describe('a relay that says nothing of a job for days', () => {
  it('is not silent while it is connected: the job waits for its printer, and expires unprinted', async () => {
    await connect(startedAt);
    const job = await give();
    const stopped = { state: 'processing-stopped' as const, reasons: ['offline'], message: 'no connection' };
    await hear({ type: 'report', ...attemptOf(job), sequence: 1, ...stopped, at: 0 });
    for (let hours = 0; hours < 71; hours += 1) {
      world.wait(hour);
      await sweepAll();
    }
    const meanwhile = await now(job);
    for (let hours = 0; hours < 26; hours += 1) {
      world.wait(hour);
      await sweepAll();
    }
    const asked = said().at(-1);
    await hear({ type: 'report', ...attemptOf(job), sequence: 2, state: 'canceled', reasons: [], at: 0 });

    expect(allReasonsOf(meanwhile)).toEqual(['printer-stopped', 'offline']);
    expect(asked).toEqual({ type: 'cancel', ...attemptOf(job) });
    expect(await now(job)).toMatchObject({ standing: 'aborted/aborted-by-system', reasons: ['expired'] });
  });

  it('is asked about it at least once an hour', async () => {
    await connect(startedAt);
    await give();
    for (let hours = 0; hours < 20; hours += 1) {
      world.wait(hour);
      await sweepAll();
    }
    said();

    world.wait(hour);
    await sweepAll();

    expect(said()).toMatchObject([{ type: 'inquire' }]);
  });

  it('is asked about it while it is connected', async () => {
    await connect(startedAt);
    const job = await give();

    world.wait(10 * minute);
    await sweepAll();

    expect(said()).toEqual([{ type: 'inquire', jobs: [attemptOf(job)] }]);
  });
});

describe('the policy "reprint"', () => {
  const unconfirmed = { state: 'processing-stopped' as const, reasons: ['delivery-unconfirmed'], at: 0 };

  async function printAndDoubt(job: Job): Promise<Job> {
    await hear({ type: 'acknowledge', ...attemptOf(job), instance: 'first', ask: 1, waits: false, reportSequence: 0 });
    await hear({ type: 'report', ...attemptOf(job), sequence: 1, ...unconfirmed });
    return await now(job);
  }

  it('offers an unconfirmed job again, three times in all', async () => {
    const address = { locationId: 'office', deviceId: 'laser' };
    await savePrinter(world.ports, principal, { address, changes: { unconfirmedPolicy: 'reprint' } });
    const first = await submit();

    const second = await printAndDoubt(first);
    const offers = world.queued.splice(0);
    const third = await printAndDoubt(second);
    const last = await printAndDoubt(third);

    expect(second).toMatchObject({ standing: 'pending/job-fetchable', attempt: 2 });
    expect(offers).toEqual([{ queue: 'offer', message: { companyId: company, printer: address } }]);
    expect(third).toMatchObject({ standing: 'pending/job-fetchable', attempt: 3 });
    expect(last).toMatchObject({ standing: 'processing-stopped/delivery-unconfirmed', attempt: 3 });
  });

  it('"ask" leaves the decision to a person', async () => {
    expect(await printAndDoubt(await submit())).toMatchObject({
      standing: 'processing-stopped/delivery-unconfirmed',
      attempt: 1,
    });
  });
});

describe('the document of a job', () => {
  it('stays while the job waits for its relay, and while it is unconfirmed', async () => {
    const [waiting, given] = [await submit(), await give()];
    const octetsOf = ({ document }: Job) => world.ports.documents.octets(document?.key as string);
    for (let hours = 0; hours < 30; hours += 1) {
      world.wait(hour);
      await sweepAll();
    }

    expect(await now(waiting)).toMatchObject({ standing: 'pending/job-fetchable' });
    expect(await now(given)).toMatchObject({ standing: 'processing-stopped/delivery-unconfirmed' });
    expect([await octetsOf(waiting), await octetsOf(given)]).toEqual([4, 4]);
  });
});

describe('a job that waits here although its relay has finished it', () => {
  it('ends as the relay says: our data was restored from a backup', async () => {
    const [printed, unknown] = [await submit(), await submit()];

    await hear({ type: 'report', ...attemptOf(printed), sequence: 2, state: 'completed', reasons: [], at: 0 });
    await hear({ type: 'unknown', ...attemptOf(unknown), instance: 'first', why: 'Its end is not known.' });

    expect(await now(printed)).toMatchObject({ standing: 'completed/job-completed-successfully', relayId });
    expect(await now(unknown)).toMatchObject({ standing: 'processing-stopped/delivery-unconfirmed' });
  });
});

describe('a relay whose disk is full', () => {
  it('says so on the job, until it takes it', async () => {
    const job = await submit();
    const delay = { state: 'processing-stopped' as const, reasons: ['spool-area-full'], message: 'The disk is full.' };

    await hear({ type: 'report', ...attemptOf(job), sequence: 0, ...delay, at: 0 });
    const delayed = await now(job);
    await hear({ type: 'acknowledge', ...attemptOf(job), instance: 'first', ask: 1, waits: false, reportSequence: 0 });

    expect(delayed).toMatchObject({
      standing: 'pending/job-fetchable',
      reasons: ['spool-area-full'],
      message: 'The disk is full.',
    });
    expect(await now(job)).toMatchObject({ standing: 'processing/queued-in-device', reasons: [] });
    expect((await now(job)).message).toBeUndefined();
  });
});

describe('an address that has expired', () => {
  it('is renewed for a job that is still offered, and refused for any other', async () => {
    const [offered, taken] = [await submit(), await give()];
    said();

    await hear({ type: 'fetch', wants: [attemptOf(offered), attemptOf(taken)] });

    expect(said()).toMatchObject([
      { type: 'tickets', tickets: [{ jobId: offered.id }] },
      { type: 'refused', ...attemptOf(taken) },
    ]);
  });
});

it('a relay of release 0.1.0, which does not number its asks, is given permission', async () => {
  const job = await submit();
  said();

  await hear({ type: 'acknowledge', ...attemptOf(job) });

  expect(said()).toEqual([{ type: 'granted', ...attemptOf(job) }]);
  expect((await now(job)).grant).toBeUndefined();
});

describe('a relay that asks for more than a relay holds', () => {
  const many = (count: number): Attempt[] =>
    Array.from({ length: count }, (_, index) => ({
      jobId: index.toString(16).padStart(32, '0') as Job['id'],
      attempt: 1,
    }));

  it('costs 500 reads of jobs at most when it connects', async () => {
    let reads = 0;
    const { get } = world.ports.jobs;
    world.ports.jobs.get = async id => {
      reads++;
      return await get(id);
    };

    await hear({ type: 'fetch', instance: 'first', holds: many(501) });

    expect(reads).toBe(500);
  });

  it('is answered about 20 addresses at most', async () => {
    await hear({ type: 'fetch', wants: many(21) });

    expect(said()).toEqual(many(20).map(attempt => ({ type: 'refused', ...attempt })));
  });
});

describe('presence', () => {
  const other = 'e'.repeat(32) as RelayId;

  it('counts again from a low number when the relay was away for an hour, as AWS IoT does', async () => {
    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt, version: 9 });
    await updatePresence(world.ports, relay, { type: 'disconnected', at: startedAt + minute, version: 9 });

    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt + 2 * hour, version: 0 });

    expect(await world.ports.registry.getLocation(company, 'office')).toMatchObject({ online: true });
  });

  it('does not count again while the relay is online, however long it has been', async () => {
    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt, version: 9 });

    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt + 2 * hour, version: 3 });
    await updatePresence(world.ports, relay, { type: 'disconnected', at: startedAt + 2 * hour, version: 3 });

    expect(await world.ports.registry.getLocation(company, 'office')).toMatchObject({ online: true });
  });

  it('has no absence of a relay whose end of connection was not heard', async () => {
    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt, version: 9 });

    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt + hour, version: 10 });

    const location = await world.ports.registry.getLocation(company, 'office');
    expect(location).toMatchObject({ online: true, lastSeenAt: startedAt + hour });
    expect(location?.absence).toBeUndefined();
  });

  it('is not changed by a late connection, or by a relay that lost its place', async () => {
    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt, version: 9 });
    await updatePresence(world.ports, relay, { type: 'disconnected', at: startedAt + minute, version: 9 });

    await updatePresence(world.ports, relay, { type: 'connected', at: startedAt + minute, version: 8 });
    const former = { ...relay, relayId: other };
    await updatePresence(world.ports, former, { type: 'connected', at: startedAt + hour, version: 20 });

    expect(await world.ports.registry.getLocation(company, 'office')).toMatchObject({ online: false });
  });
});

describe('data of server and relay that was restored from a backup', () => {
  it('leaves what may have been printed since to a person, and gives its relay no permission', async () => {
    const [begun, waiting, offered] = [await give(), await give(true), await submit()];
    const elsewhere = await holdRestored(world.ports, company, 'branch');

    said();
    const jobs = await holdRestored(world.ports, company, 'office');

    expect([elsewhere, jobs]).toEqual([0, 3]);
    for (const job of [begun, waiting, offered]) {
      await hear({ type: 'acknowledge', ...attemptOf(job), instance: 'next', ask: 9, waits: false, reportSequence: 0 });
      expect(said()).toMatchObject([{ type: 'refused', ...attemptOf(job) }]);
      expect(await now(job)).toMatchObject({
        standing: 'processing-stopped/delivery-unconfirmed',
        message: expect.stringContaining('restored from a backup'),
      });
    }
  });

  it('keeps what the relay reports all the same', async () => {
    const job = await give();
    await holdRestored(world.ports, company, 'office');

    await hear({ type: 'report', ...attemptOf(job), sequence: 1, state: 'completed', reasons: [], at: 0 });

    expect(await now(job)).toMatchObject({ standing: 'completed/job-completed-successfully' });
  });

  it('prints what is to be printed again', async () => {
    const job = await give();
    await holdRestored(world.ports, company, 'office');

    await resolveJob(world.ports, principal, { id: job.id, as: 'reprint' });
    said();
    await hear({
      type: 'acknowledge',
      jobId: job.id,
      attempt: 2,
      instance: 'next',
      ask: 1,
      waits: false,
      reportSequence: 0,
    });

    expect(said()).toMatchObject([{ type: 'granted', jobId: job.id, attempt: 2 }]);
  });
});
