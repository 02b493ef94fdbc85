import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RelayId } from '../../../../../shared/core/domain/ids.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import { readEvents } from '../../../../../shared/core/usecases/events/read-events.ts';
import { cancelJob } from '../../../../../shared/core/usecases/jobs/cancel-job.ts';
import { createEnrolmentCode, enrolRelay } from '../../../../../shared/core/usecases/relays/enrol-relay.ts';
import { deleteLocation, listRelays, revokeRelay } from '../../../../../shared/core/usecases/relays/remove-places.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import type { DownMessage } from '../../../../../shared/protocol/relay-protocol.ts';
import { company, connectRelay } from '../../../world.ts';
import { enrol, office, openTwoRelays, principal, type TwoRelays } from './two-relays.ts';

const second = 1000;
let two: TwoRelays;

beforeEach(async () => {
  two = await openTwoRelays();
  for (const relay of [two.first, two.second]) await two.connect(relay);
});
afterEach(() => two.world.close());

const saidTo = (relayId: RelayId): DownMessage[] =>
  two.world.sent.splice(0).flatMap(sent => (sent.relayId === relayId ? [sent.message] : []));
const fetch = (relayId: RelayId) => two.hear(relayId, { type: 'fetch' });
const ask = (relayId: RelayId, { id, attempt }: Job, number: number, waits = false) =>
  two.hear(relayId, {
    type: 'acknowledge',
    jobId: id,
    attempt,
    instance: `of ${relayId}`,
    ask: number,
    waits,
    reportSequence: 0,
  });
const report = (relayId: RelayId, { id, attempt }: Job, sequence: number, state: 'completed' | 'aborted') =>
  two.hear(relayId, { type: 'report', jobId: id, attempt, sequence, state, reasons: [], at: 0 });

/** The active relay goes offline, and the other one asks a minute later. */
async function failOver(from = two.first, to = two.second): Promise<void> {
  await two.disconnect(from);
  two.world.wait(60 * second);
  await fetch(to);
}

describe('the second relay of a location', () => {
  it('is the standby while the first is online: it gets no tickets, no permission and says nothing of the printers', async () => {
    const job = await two.submit();
    expect(saidTo(two.second)).toEqual([]);

    await fetch(two.second);
    expect(saidTo(two.second)).toEqual([
      { type: 'tickets', tickets: [], more: false, standby: { fetchAgainMilliseconds: 30 * second } },
    ]);
    await ask(two.second, job, 1);
    expect(saidTo(two.second)).toMatchObject([{ type: 'refused', jobId: job.id, ask: 1 }]);
    await two.hear(two.second, { type: 'fetch', wants: [{ jobId: job.id, attempt: 1 }] });
    expect(saidTo(two.second)).toMatchObject([{ type: 'refused', jobId: job.id }]);
    await report(two.second, job, 1, 'aborted');
    await two.hear(two.second, { type: 'unknown', jobId: job.id, attempt: 1, instance: 'other', why: 'new' });
    const device = { deviceId: 'laser', scheme: 'ipp', attributes: {}, state: 'stopped' as const, stateReasons: [] };
    await two.hear(two.second, { type: 'register', devices: [device] });

    expect(await two.job(job.id)).toMatchObject({ standing: 'pending/job-fetchable' });
    expect((await two.world.ports.registry.listPrinters(company, 'office')).map(({ device }) => device)).toEqual(
      Array(3).fill(undefined),
    );
  });

  it('costs reads of the location only where there are two relays', async () => {
    const reads = vi.spyOn(two.world.ports.registry, 'getLocation');
    const printed = async (relay: RelayId) => {
      const job = await two.submit();
      reads.mockClear();
      await ask(relay, job, 1);
      await report(relay, job, 1, 'completed');
      expect(await two.job(job.id)).toMatchObject({ standing: 'completed/job-completed-successfully' });
      return reads.mock.calls.length;
    };
    expect(await printed(two.first)).toBe(2);

    for (const relay of [two.first, two.second]) await revokeRelay(two.world.ports, principal, relay);
    const only = await enrol(two.world, {}, 'third');

    expect(await printed(only)).toBe(0);
  });

  it('takes over once the first has been offline for the time of the location, and not before', async () => {
    await two.disconnect(two.first);
    two.world.wait(59 * second);
    await fetch(two.second);
    expect(saidTo(two.second)).toMatchObject([{ standby: { fetchAgainMilliseconds: second } }]);

    two.world.wait(second);
    await fetch(two.second);

    expect(saidTo(two.second)).toEqual([{ type: 'tickets', tickets: [], more: false }]);
    expect(await two.location()).toMatchObject({
      relayId: two.second,
      online: true,
      activeSince: two.world.ports.clock.now(),
      standby: { relayId: two.first, online: false, since: two.world.ports.clock.now() },
    });
  });

  it('does not take over before all functions know that there are two relays', async () => {
    await two.disconnect(two.first);
    two.world.wait(3600 * second);
    const third = await enrol(two.world, { standby: true, replace: true }, 'third');
    await two.connect(third);

    two.world.wait(29 * second);
    await fetch(third);
    expect(await two.location()).toMatchObject({ relayId: two.first });
    two.world.wait(second);
    await fetch(third);

    expect(await two.location()).toMatchObject({ relayId: third });
  });

  it('does not take over while it is offline itself: an old message of it may be late', async () => {
    await two.disconnect(two.second);

    await failOver();

    expect(await two.location()).toMatchObject({ relayId: two.first });
  });

  it('keeps the place when the first is back, which is then the standby', async () => {
    await failOver();
    await two.connect(two.first);
    saidTo(two.first);

    two.world.wait(3600 * second);
    await fetch(two.first);

    expect(saidTo(two.first)).toMatchObject([{ tickets: [], standby: {} }]);
    expect(await two.location()).toMatchObject({ relayId: two.second, standby: { relayId: two.first, online: true } });
  });
});

describe('a take-over', () => {
  it('leaves what the first may have begun unconfirmed at once, and offers the rest', async () => {
    const [begun, waiting, offered] = [await two.submit(), await two.submit(), await two.submit()];
    await ask(two.first, begun, 1);
    await ask(two.first, waiting, 1, true);

    await failOver();

    expect(await two.job(begun.id)).toMatchObject({
      standing: 'processing-stopped/delivery-unconfirmed',
      message: expect.stringContaining('the standby took over'),
    });
    expect(saidTo(two.second).at(-1)).toMatchObject({ tickets: [{ jobId: waiting.id }, { jobId: offered.id }] });
  });

  it('is an event of its location', async () => {
    await failOver();

    const page = await readEvents(two.world.ports, principal, { types: ['location.taken_over'], limit: 9 });
    const bodies = ('events' in page ? page.events : []).map(({ body }) => JSON.parse(body));
    expect(bodies).toMatchObject([
      {
        type: 'location.taken_over',
        data: { location: { relay: two.second, standby: { relay: two.first } }, previous: { relay: two.first } },
      },
    ]);
  });

  it('lets the first tell later how its job ended', async () => {
    const job = await two.submit();
    await ask(two.first, job, 1);
    await failOver();

    await report(two.first, job, 1, 'completed');

    expect(await two.job(job.id)).toMatchObject({ standing: 'completed/job-completed-successfully' });
  });

  it('gives the second what the first asks for when it is back: it has not begun that', async () => {
    const job = await two.submit();
    await ask(two.first, job, 1);
    await failOver();
    await two.connect(two.first);
    saidTo(two.first);

    await ask(two.first, job, 2);

    expect(saidTo(two.first)).toMatchObject([{ type: 'refused', jobId: job.id, ask: 2 }]);
    expect(await two.job(job.id)).toMatchObject({ standing: 'pending/job-fetchable', attempt: 1 });
    expect(two.world.queued).toContainEqual({ queue: 'offer', message: { companyId: company, printer: job.printer } });
    await ask(two.second, job, 3);
    expect(saidTo(two.second)).toMatchObject([{ type: 'granted', jobId: job.id }]);
  });

  it('does not take a repeated ask for news: the first may have begun with the permission that answered it', async () => {
    const job = await two.submit();
    await ask(two.first, job, 1);
    await failOver();

    await ask(two.first, job, 1);

    expect(await two.job(job.id)).toMatchObject({ standing: 'processing-stopped/delivery-unconfirmed' });
  });

  it('lets the first end a job that is to be canceled', async () => {
    const job = await two.submit();
    await ask(two.first, job, 1);
    await cancelJob(two.world.ports, principal, { id: job.id });
    const location = await two.location();
    const standby = { ...(location.standby as NonNullable<typeof location.standby>), relayId: two.first };
    await two.world.ports.registry.saveLocation({ ...location, relayId: two.second, standby });
    saidTo(two.first);

    await ask(two.first, job, 2);

    expect(saidTo(two.first)).toMatchObject([{ type: 'cancel', jobId: job.id }]);
  });

  it('is made good by the sweep when its function ended before the jobs were released', async () => {
    const job = await two.submit();
    await ask(two.first, job, 1, true);
    const location = await two.location();
    const standby = {
      ...(location.standby as NonNullable<typeof location.standby>),
      relayId: two.first,
      online: false,
    };
    await two.world.ports.registry.saveLocation({ ...location, relayId: two.second, standby });

    two.world.wait(61 * second);
    await sweep(two.world.ports);

    expect(await two.job(job.id)).toMatchObject({ standing: 'pending/job-fetchable' });
  });

  it('leaves a job to the first while that is online: it knows what became of it', async () => {
    const job = await two.submit();
    await ask(two.first, job, 1);
    await failOver();
    await two.connect(two.first);
    await two.hear(two.first, {
      type: 'report',
      jobId: job.id,
      attempt: 1,
      sequence: 1,
      state: 'processing',
      reasons: ['job-printing'],
      at: 0,
    });

    two.world.wait(61 * second);
    await sweep(two.world.ports);

    expect(await two.job(job.id)).toMatchObject({ standing: 'processing/job-printing' });
  });
});

describe('places of relays', () => {
  it('are two at a location, each taken on purpose only', async () => {
    const standby = createEnrolmentCode(two.world.ports, principal, { ...office, standby: true });
    await expect(standby).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('A standby') });
    await connectRelay(two.world.ports);
    const active = createEnrolmentCode(two.world.ports, principal, office);
    await expect(active).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('"standby"') });

    const third = await enrol(two.world, { standby: true, replace: true }, 'third');

    expect(two.world.revoked.slice(-1)).toEqual([two.second]);
    expect(await two.location()).toMatchObject({ relayId: two.first, standby: { relayId: third } });
    const fourth = await enrol(two.world, { replace: true }, 'fourth');
    expect(two.world.revoked.slice(-1)).toEqual([two.first]);
    expect(await two.location()).toMatchObject({ relayId: fourth, standby: { relayId: third } });
  });

  it('do not change when a relay that has its place repeats its enrolment', async () => {
    const { code } = await createEnrolmentCode(two.world.ports, principal, { ...office, standby: true, replace: true });
    const { relayId } = await enrolRelay(two.world.ports, { code, csr: 'third' });
    await two.connect(relayId);

    await enrolRelay(two.world.ports, { code, csr: 'third' });
    expect(await two.location()).toMatchObject({ relayId: two.first, standby: { relayId, online: true } });
    await failOver(two.first, relayId);
    await enrolRelay(two.world.ports, { code, csr: 'third' });

    expect(await two.location()).toMatchObject({ relayId, online: true, standby: { relayId: two.first } });
    saidTo(relayId);
    await ask(two.first, await two.submit(), 1);
    expect(saidTo(two.first)).toMatchObject([{ type: 'refused' }]);
  });

  it('are taken by the standby when the active relay is revoked, and free when both are', async () => {
    await revokeRelay(two.world.ports, principal, two.first);
    expect(await two.location()).toMatchObject({ relayId: two.second, online: true });
    expect((await two.location()).standby).toBeUndefined();

    await revokeRelay(two.world.ports, principal, two.second);

    expect(await two.location()).toMatchObject({ online: false });
    expect((await two.location()).relayId).toBeUndefined();
  });

  it('are listed with what is known of each relay', async () => {
    expect(await listRelays(two.world.ports, principal)).toMatchObject([
      { relay: { relayId: two.first }, role: 'active', connection: { online: true } },
      { relay: { relayId: two.second }, role: 'standby', connection: { online: true } },
    ]);
    await revokeRelay(two.world.ports, principal, two.second);
    expect(await listRelays(two.world.ports, principal)).toMatchObject([{ role: 'active' }]);
  });

  it('end with their location, both', async () => {
    await deleteLocation(two.world.ports, principal, office);

    expect(two.world.revoked.slice(-2)).toEqual([two.first, two.second]);
  });

  it('of a location without a relay are taken by one that was invited to stand by', async () => {
    await two.world.ports.registry.saveLocation({ ...(await two.location()), relayId: undefined, standby: undefined });

    const relay = await enrol(two.world, { standby: true }, 'other');

    expect(await two.location()).toMatchObject({ relayId: relay });
  });

  it.each([
    ['without a standby', { takeOverSeconds: 60 }],
    ['too short', { takeOverSeconds: 4, standby: true }],
    ['too long', { takeOverSeconds: 86_401, standby: true }],
    ['no whole number', { takeOverSeconds: 60.5, standby: true }],
  ])('have no time to take over that is %s', async (_what, wrong) => {
    const made = createEnrolmentCode(two.world.ports, principal, { ...office, ...wrong, replace: true });

    await expect(made).rejects.toMatchObject({ code: 'bad-value' });
  });

  it('change after the time that the invitation names', async () => {
    const invitation = { ...office, standby: true, replace: true, takeOverSeconds: 600 };
    const { code } = await createEnrolmentCode(two.world.ports, principal, invitation);
    const { relayId } = await enrolRelay(two.world.ports, { code, csr: 'third' });
    await two.connect(relayId);

    await failOver(two.first, relayId);

    expect(await two.location()).toMatchObject({ relayId: two.first, takeOverSeconds: 600 });
    expect(saidTo(relayId).at(-1)).toMatchObject({ standby: { fetchAgainMilliseconds: 300 * second } });
  });
});
