import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someCompany, someJob, someLocation } from '../../../../doubles/samples.ts';
import {
  absenceOf,
  backlogIn,
  decisionsOn,
  isUnreachable,
  lateDecisionOn,
} from '../../../../shared/core/domain/backlog.ts';
import type { Job, Standing } from '../../../../shared/core/domain/job.ts';
import { type BacklogPolicy, backlogPolicies } from '../../../../shared/core/domain/printer.ts';

const [from, until] = [1_700_000_000_000, 1_700_000_600_000];
const minute = 60_000;
const company = someCompany();
const went = (...entries: [Standing, number][]) => entries.map(([standing, at]) => ({ at, standing, reasons: [] }));
const jobOf = (changes: Partial<Job> = {}) => someJob(company, { submittedAt: from, sequence: 1, ...changes });
const [fetchable, atRelay, printing] = [
  'pending/job-fetchable',
  'processing/queued-in-device',
  'processing/job-printing',
] as const;

describe('the absence of a relay', () => {
  const location = { ...someLocation(company, 'office'), absence: { from: 1, until: 1 + 10 * minute } };

  it('is its last one while it is online, and counts from ten minutes on', () => {
    const short = { from: 1, until: 10 * minute };

    expect(absenceOf({ ...location, online: true, lastSeenAt: from }, until)).toEqual(location.absence);
    expect(absenceOf({ ...location, online: true, absence: short }, until)).toBeUndefined();
    expect(absenceOf({ ...location, online: true, absence: undefined }, until)).toBeUndefined();
    expect(absenceOf({ ...location, online: false }, until)).toEqual(location.absence);
  });

  it('lasts until now while it is not known to be back', () => {
    const away = { ...location, online: false, lastSeenAt: from };

    expect(absenceOf(away, from + 10 * minute)).toEqual({ from, until: from + 10 * minute });
    expect(absenceOf(away, from + 10 * minute - 1)).toBeUndefined();
  });
});

it('a device cannot be reached that is off or does not answer', () => {
  const reasons = ['offline', 'shutdown-report', 'timed-out', 'media-empty', 'paused', 'none'];

  expect(reasons.filter(reason => isUnreachable({ stateReasons: [reason] }))).toEqual(reasons.slice(0, 3));
});

describe('a backlog', () => {
  it.each<[boolean, string, Partial<Job>]>([
    [true, 'waited', {}],
    [true, 'is at the relay', { standing: atRelay }],
    [true, 'stopped before it began', { standing: 'processing-stopped/printer-stopped' }],
    [false, 'is being printed', { standing: printing }],
    [false, 'was being printed', { standing: atRelay, history: went([fetchable, 1], [printing, 2]) }],
    [false, 'is being prepared', { standing: 'pending/job-queued' }],
    [false, 'is held', { standing: 'pending-held/job-hold-until-specified' }],
    [false, 'has ended', { standing: 'canceled/job-canceled-by-user' }],
    [false, 'was released by a person', { isReleased: true }],
    [false, 'came later', { submittedAt: until }],
    [true, 'came just before', { submittedAt: until - 1 }],
  ])('has, %s, a job that %s', (isIn, _what, changes) => {
    expect(backlogIn([jobOf(changes)], { until })).toHaveLength(isIn ? 1 : 0);
  });

  it('is in the order of acceptance', () => {
    const jobs = [3, 1, 2].map(sequence => jobOf({ sequence }));

    expect(backlogIn(jobs, { until }).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('is printed, held or dropped as its printer’s policy says', () => {
    const decided: Record<BacklogPolicy, string[]> = {
      all: ['print', 'print', 'print'],
      newest: ['drop', 'drop', 'print'],
      ask: ['hold', 'hold', 'hold'],
      drop: ['drop', 'drop', 'drop'],
    };

    for (const policy of backlogPolicies) {
      expect(decisionsOn([jobOf(), jobOf(), jobOf()], policy)).toEqual(decided[policy]);
      expect(decisionsOn([], policy)).toEqual([]);
    }
  });
});

describe('a job of a backlog that was not found in it', () => {
  const settled = { policy: 'drop' as BacklogPolicy, until, newest: 5 };
  const decisions: Record<BacklogPolicy, 'hold' | 'drop' | undefined> = {
    all: undefined,
    newest: 'drop',
    ask: 'hold',
    drop: 'drop',
  };

  it('is treated as the others were, and the newest is printed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...backlogPolicies), fc.integer({ min: 1, max: 9 }), (policy, sequence) => {
        const isNewest = policy === 'newest' && sequence >= settled.newest;

        expect(lateDecisionOn(jobOf({ sequence }), { ...settled, policy })).toBe(
          isNewest ? undefined : decisions[policy],
        );
      }),
    );
  });

  it.each<[string, Partial<Job>]>([
    ['came later', { submittedAt: until }],
    ['was offered again later', { history: went([fetchable, from], [atRelay, from], [fetchable, until]) }],
    ['is being printed', { standing: printing }],
  ])('is none if it %s', (_what, changes) => {
    expect(lateDecisionOn(jobOf(changes), settled)).toBeUndefined();
  });

  it('counts from its submission if it was never offered', () => {
    expect(lateDecisionOn(jobOf({ history: [] }), settled)).toBe('drop');
    expect(lateDecisionOn(jobOf({ history: went([fetchable, until - 1]) }), settled)).toBe('drop');
  });
});
