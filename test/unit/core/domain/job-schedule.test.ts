import { describe, expect, it } from 'vitest';
import { someCompany, someJob } from '../../../../doubles/samples.ts';
import type { Grant } from '../../../../shared/core/domain/grant.ts';
import type { RelayId } from '../../../../shared/core/domain/ids.ts';
import type { Job, JobEvent, Standing } from '../../../../shared/core/domain/job.ts';
import {
  callbackSettled,
  collected,
  isCollectable,
  outputDiscarded,
} from '../../../../shared/core/domain/job-output.ts';
import {
  deadlineEvent,
  deadlineOf,
  deferred,
  dueAction,
  hasExpiredInSilence,
  hasPrinted,
  isNudgedOffline,
  keptUntil,
  nextDueAt,
  nudged,
  overSince,
  owesCallback,
} from '../../../../shared/core/domain/job-schedule.ts';

const since = 1_700_000_000_000;
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const grant: Grant = { instance: 'one', ask: 1, at: since, isBegun: true };
const waits: Grant = { ...grant, isBegun: false };
const jobAt = (standing: Standing, changes: Partial<Job> = {}): Job => {
  const job = someJob(someCompany(), { submittedAt: since, standing, relayId: 'r' as RelayId, ...changes });
  return { ...job, dueAt: nextDueAt(job) };
};
const [incoming, held, queued, transforming, fetchable] = [
  'pending-held/job-incoming',
  'pending-held/job-hold-until-specified',
  'pending/job-queued',
  'processing/job-transforming',
  'pending/job-fetchable',
] as const;
const [atRelay, printing, stopped, unconfirmed] = [
  'processing/queued-in-device',
  'processing/job-printing',
  'processing-stopped/printer-stopped',
  'processing-stopped/delivery-unconfirmed',
] as const;
const completed = 'completed/job-completed-successfully';

/** What the sweep does with a job that nothing else happens to, and when, in milliseconds since its standing began. */
function looksOf(job: Job, until: number, isConnected = false): [number, string][] {
  const looks: [number, string][] = [];
  for (let now = job; now.dueAt !== undefined && now.dueAt - since <= until; ) {
    const at = now.dueAt;
    expect(dueAction(now, at - 1, isConnected)).toBeUndefined();
    const action = dueAction(now, at, isConnected);
    looks.push([at - since, typeof action === 'object' ? action.type : String(action)]);
    if (action !== 'nudge') break;
    now = nudged(now, at);
  }
  return looks;
}
const endOf = (job: Job, isConnected = false) => looksOf(job, 40 * day, isConnected).at(-1);

describe('the sweep looks at a job', () => {
  it.each<[Standing, Partial<Job>, number, string]>([
    [incoming, {}, day, 'expired'],
    [held, { hold: {} }, 30 * day, 'expired'],
    [held, { hold: { until: since + hour } }, hour, 'released'],
    [queued, {}, hour, 'expired'],
    [transforming, {}, 45 * minute, 'expired'],
    [fetchable, {}, 72 * hour, 'expired'],
    [fetchable, { expiresAt: since + 20 * day }, 20 * day, 'expired'],
    [fetchable, { expiresAt: since + hour, printBefore: since + 2 * hour }, hour, 'expired'],
    [fetchable, { expiresAt: since + 2 * hour, printBefore: since + hour }, hour, 'expired'],
    [atRelay, {}, day, 'silent'],
    [atRelay, { grant }, day, 'silent'],
    [atRelay, { grant: waits }, 72 * hour, 'silent'],
    [atRelay, { grant: waits, expiresAt: since + 20 * day }, 20 * day, 'expiry-requested'],
    [atRelay, { grant, expiresAt: since + hour }, hour, 'expiry-requested'],
    [atRelay, { grant, doubtedAt: since + 5 * second }, 65 * second, 'lost'],
    [printing, { grant }, day, 'silent'],
    [printing, { grant, expiresAt: since + hour }, day, 'silent'],
    [stopped, { grant }, 72 * hour, 'silent'],
    [unconfirmed, {}, 7 * day, 'expired'],
    [unconfirmed, { expiresAt: since + hour }, 7 * day, 'expired'],
  ])('that stays %s with %j last after %i milliseconds: %s', (standing, changes, at, action) => {
    expect(endOf(jobAt(standing, changes))).toEqual([at, action]);
  });

  it.each<[string, Job, number[]]>([
    ['queued', jobAt(queued), [1, 2, 4, 8, 16, 32]],
    ['preparing', jobAt(transforming), [16, 32]],
    ['fetchable', jobAt(fetchable), [0.5, 1, 2, 4, 8, 16, 32]],
    ['at its relay, counted from its last report', jobAt(atRelay), [1, 3, 7, 15, 31]],
    ['at its relay and to be canceled', jobAt(printing, { cancelRequested: true }), [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]],
    ['fetchable again and was to be canceled', jobAt(fetchable, { cancelRequested: true }), [0.5, 1, 2, 4, 8, 16, 32]],
  ])('to send its message again, less and less often: %s', (_what, job, minutes) => {
    expect(looksOf(job, 44 * minute)).toEqual(minutes.map(at => [at * minute, 'nudge']));
  });

  it('at its relay at least once an hour', () => {
    const looks = looksOf(jobAt(stopped), 23 * hour).map(([at]) => at);

    expect(looks.slice(-10).map((at, index, last) => at - (last[index - 1] ?? at - hour))).toEqual(
      Array(10).fill(hour),
    );
  });

  it.each([incoming, held, unconfirmed])('only at the end of %s', standing => {
    expect(looksOf(jobAt(standing), 40 * day)).toHaveLength(1);
  });

  it('not again when it has ended and owes nothing', () => {
    for (const standing of [completed, 'canceled/job-canceled-by-user', 'aborted/aborted-by-system'] as const)
      expect(jobAt(standing).dueAt).toBeUndefined();
  });
});

describe('a job whose relay is connected', () => {
  it('is not called silent: the relay is asked to end it if its printer stays away', () => {
    expect(endOf(jobAt(atRelay, { grant }), true)).toEqual([72 * hour, 'expiry-requested']);
  });

  it.each<[Standing, Partial<Job>, JobEvent['type'] | 'nudge']>([
    [atRelay, {}, 'expiry-requested'],
    [stopped, {}, 'expiry-requested'],
    [printing, {}, 'nudge'],
    [atRelay, { isExpiring: true }, 'nudge'],
    [atRelay, { expiresAt: since + 90 * day }, 'nudge'],
    [
      stopped,
      { expiresAt: since + 90 * day, history: [{ at: since, standing: printing, reasons: [] }] },
      'expiry-requested',
    ],
  ])('stays %s with %j for 72 hours, and then: %s', (standing, changes, expected) => {
    const job = { ...jobAt(standing, { grant, ...changes }), dueAt: since };
    const actionAt = (at: number) => dueAction(job, since + at, true);
    const named = (action: ReturnType<typeof dueAction>) => (typeof action === 'object' ? action.type : action);

    expect(named(actionAt(72 * hour - 1))).toBe('nudge');
    expect(named(actionAt(72 * hour))).toBe(expected);
  });

  it('is not ended by its deadline once it is being printed', () => {
    const job = jobAt(printing, { grant, printBefore: since + hour, expiresAt: since + hour });

    expect(dueAction({ ...job, dueAt: since }, since + 100 * day, true)).toBe('nudge');
  });
});

describe('a job whose relay is offline', () => {
  it('is looked at hours later, and nudged then', () => {
    const job = deferred(jobAt(fetchable), since + 30 * second);

    expect(job).toMatchObject({ nudges: 7, updatedAt: since + 30 * second, dueAt: since + 64 * minute });
    expect(isNudgedOffline(job)).toBe(true);
    expect(deferred({ ...job, nudges: 9 }, since + hour).nudges).toBe(10);
  });

  it('is nudged if it may be there, or has not been for long', () => {
    expect(isNudgedOffline(jobAt(fetchable, { nudges: 6 }))).toBe(false);
    expect(isNudgedOffline(jobAt(fetchable, { nudges: 7 }))).toBe(true);
    expect(isNudgedOffline(jobAt(atRelay))).toBe(true);
  });
});

describe('the deadline of a job', () => {
  const late = { expiresAt: since + 2, printBefore: since + 1 };

  it('is the earlier one, until it begins to print or its end is asked for', () => {
    expect(deadlineOf(jobAt(fetchable, late))).toBe(since + 1);
    expect(deadlineOf(jobAt(fetchable, { expiresAt: since + 2 }))).toBe(since + 2);
    expect(deadlineOf(jobAt(fetchable))).toBeUndefined();
    expect(deadlineOf(jobAt(atRelay, { ...late, isExpiring: true }))).toBeUndefined();
    expect(deadlineOf(jobAt(printing, late))).toBeUndefined();
    expect(keptUntil(jobAt(fetchable, late))).toBe(since + 1);
    expect(keptUntil(jobAt(fetchable))).toBe(since + 72 * hour);
  });

  it.each<[Standing, string]>([
    [fetchable, 'expired'],
    [held, 'expired'],
    [atRelay, 'expiry-requested'],
  ])('ends a job that is %s: %s', (standing, type) => {
    expect(deadlineEvent(jobAt(standing, late), since)).toBeUndefined();
    expect(deadlineEvent(jobAt(standing, late), since + 1)).toEqual({ type });
  });

  it('does not end what has ended', () => {
    expect(deadlineEvent(jobAt(completed, late), since + day)).toBeUndefined();
    expect(dueAction({ ...jobAt(completed, late), dueAt: since }, since + day)).toBe('nudge');
  });

  it('passes in silence at 72 hours after the relay last asked, unless the client says when', () => {
    const hasExpired = (changes: Partial<Job>, at: number) =>
      hasExpiredInSilence(jobAt(unconfirmed, changes), since + at);
    const asked = { grant: { ...grant, at: since + hour } };

    expect([hasExpired({}, 72 * hour - 1), hasExpired({}, 72 * hour)]).toEqual([false, true]);
    expect([hasExpired(asked, 73 * hour - 1), hasExpired(asked, 73 * hour)]).toEqual([false, true]);
    expect([hasExpired(late, 0), hasExpired(late, 1)]).toEqual([false, true]);
    expect(hasExpired({ expiresAt: since + 90 * day }, 80 * day)).toBe(false);
  });
});

describe('a job has begun to print', () => {
  const went = (...standings: Standing[]) => standings.map(standing => ({ at: since, standing, reasons: [] }));

  it.each<[boolean, Standing, Standing[]]>([
    [false, fetchable, [fetchable]],
    [false, atRelay, [fetchable, atRelay]],
    [true, printing, [fetchable, atRelay, printing]],
    [true, unconfirmed, [fetchable, atRelay, unconfirmed]],
    [true, stopped, [fetchable, printing, stopped]],
    [true, stopped, [printing, stopped]],
    [false, stopped, [fetchable, printing, fetchable, atRelay, stopped]],
    [true, atRelay, [fetchable, unconfirmed, atRelay]],
  ])('%s: that is %s after %j', (expected, standing, history) => {
    expect(hasPrinted(jobAt(standing, { history: went(...history) }))).toBe(expected);
  });
});

describe('a callback', () => {
  const callback = { url: 'https://in.test', origin: '' };
  const ended = jobAt(completed, { callback, endedAt: since });

  it('is owed by a job that has ended, until it is settled', () => {
    expect(owesCallback(ended)).toBe(true);
    expect(owesCallback(jobAt(completed))).toBe(false);
    expect(owesCallback(jobAt(printing, { callback }))).toBe(false);
    expect(owesCallback(callbackSettled(ended, since) as Job)).toBe(false);
  });

  it('is repeated five times, and the job ends all the same', () => {
    expect(looksOf(ended, day)).toEqual([5, 10, 20, 40, 80].map(minutes => [minutes * minute, 'nudge']));
  });

  it('is settled once', () => {
    const settled = callbackSettled(ended, since + 1) as Job;

    expect(settled).toMatchObject({ callback: { settledAt: since + 1 }, updatedAt: since + 1, dueAt: undefined });
    expect(callbackSettled(settled, since + 2)).toBeUndefined();
    expect(callbackSettled(jobAt(completed), since)).toBeUndefined();
  });
});

describe('a file', () => {
  const output = { fileName: 'a.pdf', keepMilliseconds: hour, once: false, collectBy: since + hour };
  const document = { key: 'k', octets: 1, sha256: 'ab', format: 'application/pdf' };
  const file = jobAt(completed, { printer: undefined, output, document, endedAt: since });
  const once = { ...file, output: { ...output, once: true } };

  it('is collected as long as it is kept, and noted once', () => {
    const taken = collected(file, since + 1) as Job;

    expect(taken).toMatchObject({ updatedAt: since + 1, dueAt: since + hour });
    expect(taken.output).toEqual({ ...output, collectedAt: since + 1 });
    expect(collected(taken, since + 2)).toBeUndefined();
    expect(isCollectable(taken, since + 2)).toBe(true);
  });

  it('that is collected once is kept for a quarter of an hour then', () => {
    expect(collected(once, since + 1)).toMatchObject({
      dueAt: since + 1 + 15 * minute,
      output: { collectBy: since + 1 + 15 * minute },
    });
  });

  it.each<[boolean, Partial<Job>, number]>([
    [true, {}, 0],
    [true, {}, hour - 1],
    [false, {}, hour],
    [false, { document: undefined }, 0],
    [false, { output: undefined }, 0],
    [false, { output: { ...output, collectBy: undefined } }, 0],
    [false, { output: { ...output, discardedAt: 1 } }, 0],
  ])('can be collected, %s: with %j after %i', (expected, changes, after) => {
    expect(isCollectable({ ...file, ...changes }, since + after)).toBe(expected);
    expect(collected({ ...file, ...changes }, since + after) !== undefined).toBe(expected);
  });

  it('is discarded when its time is over, and not looked at again', () => {
    expect(looksOf(file, day)).toEqual([[hour, 'discard-output']]);
    const discarded = outputDiscarded(file, since + hour);
    expect(discarded).toMatchObject({ updatedAt: since + hour, output: { ...output, discardedAt: since + hour } });
    expect(discarded.dueAt).toBeUndefined();
  });

  it('does not make a job due that has none', () => {
    expect(outputDiscarded(jobAt(completed), since).output).toBeUndefined();
  });
});

describe('a job is over', () => {
  const settledAt = since + 3;
  const output = { fileName: 'a.pdf', keepMilliseconds: 1, once: false, discardedAt: since + 4 };

  it.each<[number | undefined, Partial<Job>]>([
    [since, {}],
    [since + 2, { endedAt: since + 2 }],
    [settledAt, { endedAt: since + 2, callback: { url: '', origin: '', settledAt } }],
    [since + 4, { endedAt: since + 2, callback: { url: '', origin: '', settledAt }, output }],
    [since + 5, { endedAt: since + 5, callback: { url: '', origin: '', settledAt }, output }],
    [undefined, { callback: { url: '', origin: '' } }],
    [undefined, { output: { ...output, discardedAt: undefined, collectBy: since + day } }],
  ])('since %s with %j', (expected, changes) => {
    expect(overSince(jobAt(completed, changes))).toBe(expected);
  });

  it('never before it has ended', () => {
    expect(overSince({ ...jobAt(printing), dueAt: undefined })).toBeUndefined();
  });
});
