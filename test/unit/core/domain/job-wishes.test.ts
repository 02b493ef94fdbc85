import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someCompany, someJob } from '../../../../doubles/samples.ts';
import type { JobId, RelayId } from '../../../../shared/core/domain/ids.ts';
import { isFinal, type Job, type JobEvent, stateOf } from '../../../../shared/core/domain/job.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';
import { dueAction, nextDueAt } from '../../../../shared/core/domain/job-schedule.ts';
import { traceOf } from '../../../../shared/core/domain/job-trace.ts';

/* What clients wish for a job: deadlines, holds, replacement; and who asked for what. */

const at = 1_700_000_000_000;
const [minute, hour] = [60_000, 3_600_000];
const held = 'pending-held/job-hold-until-specified';
const relayId = 'r' as RelayId;

function submitted(changes: Partial<Job> = {}): Job {
  const job = someJob(someCompany(), { submittedAt: at, ...changes });
  const history = changes.history ?? [{ at, standing: job.standing, reasons: [] }];
  return { ...job, history, dueAt: nextDueAt({ ...job, history }) };
}

const jobAfter = (job: Job, ...events: [JobEvent, number][]) =>
  events.reduce((now, [event, time]) => applyEvent(now, event, time) ?? now, job);
const ask = (number: number, waits: boolean): JobEvent => ({
  type: 'acknowledged',
  relayId,
  attempt: 1,
  ask: { instance: 'one', ask: number, waits, reportSequence: 0 },
});
const report = (sequence: number, state: 'processing' | 'canceled', ...reasons: string[]): JobEvent => ({
  type: 'reported',
  attempt: 1,
  sequence,
  state,
  reasons,
});
/** The job after the sweep at a time. */
function swept(job: Job, time: number, isConnected = true): Job {
  const action = dueAction(job, time, isConnected);
  return typeof action === 'object' ? (applyEvent(job, action, time) ?? job) : job;
}

describe('a deadline', () => {
  it.each(['expiresAt', 'printBefore'] as const)('ends a job that waits: %s', name => {
    const job = submitted({ [name]: at + hour });

    expect(job.dueAt).toBeLessThanOrEqual(at + hour);
    expect(swept(job, at + hour - 1).standing).toBe('pending/job-fetchable');
    expect(swept(job, at + hour)).toMatchObject({ standing: 'aborted/aborted-by-system', reasons: ['expired'] });
    expect(swept(job, at + hour).message).toContain(new Date(at + hour).toISOString());
  });

  it('keeps a job longer than usual if the client says so', () => {
    const job = submitted({ expiresAt: at + 200 * hour });

    expect(isFinal(swept(job, at + 199 * hour))).toBe(false);
    expect(isFinal(swept(job, at + 200 * hour))).toBe(true);
  });

  it('ends a job that its relay has and has not begun', () => {
    const job = jobAfter(submitted({ expiresAt: at + hour }), [ask(1, true), at + minute]);

    expect(job.dueAt).toBeLessThanOrEqual(at + hour);
    expect(swept(job, at + hour)).toMatchObject({ standing: 'aborted/aborted-by-system', reasons: ['expired'] });
  });

  it('asks the relay to end a job that may have begun, and then tells the truth', () => {
    const begun = jobAfter(submitted({ expiresAt: at + hour }), [ask(1, false), at + minute]);

    const asked = swept(begun, at + hour);
    const ended = jobAfter(asked, [report(1, 'canceled'), at + hour + 1]);
    const printed = jobAfter(asked, [{ ...report(1, 'processing', 'job-printing') } as JobEvent, at + hour + 1]);

    expect(asked).toMatchObject({ standing: 'processing/queued-in-device', cancelRequested: true, isExpiring: true });
    expect(ended).toMatchObject({ standing: 'aborted/aborted-by-system', reasons: ['expired'] });
    expect(ended.message).toContain('Nothing was printed.');
    expect(printed.standing).toBe('processing/job-printing');
  });

  it('does not end a job that is being printed, or stopped in the middle', () => {
    const printing = jobAfter(
      submitted({ printBefore: at + hour }),
      [ask(1, false), at + minute],
      [report(1, 'processing', 'job-printing'), at + 2 * minute],
    );
    const stopped = jobAfter(printing, [
      { type: 'reported', attempt: 1, sequence: 2, state: 'processing-stopped', reasons: ['media-empty'] },
      at + 3 * minute,
    ]);

    expect(swept(printing, at + hour)).toBe(printing);
    expect(swept(stopped, at + hour)).toBe(stopped);
  });

  it('does not count for a reprint that a person asks for', () => {
    const unconfirmed = jobAfter(
      submitted({ expiresAt: at + hour }),
      [ask(1, false), at + minute],
      [{ type: 'silent' }, at + 2 * minute],
    );

    const again = jobAfter(unconfirmed, [{ type: 'resolved-reprint' }, at + 2 * hour]);

    expect(swept(again, at + 2 * hour + 1).standing).toBe('pending/job-fetchable');
  });
});

describe('a held job', () => {
  it('is held when its document is ready, and is released at its time', () => {
    const queued = submitted({ standing: 'pending/job-queued', hold: { until: at + hour } });
    const document = { key: 'k', octets: 1, sha256: 'ab', format: 'application/pdf' };

    const ready = jobAfter(queued, [{ type: 'prepared', document }, at + minute]);

    expect(ready).toMatchObject({ standing: held, dueAt: at + hour });
    expect(swept(ready, at + hour - 1).standing).toBe(held);
    expect(swept(ready, at + hour).standing).toBe('pending/job-fetchable');
  });

  it('is not held any more when it was released before its document was ready', () => {
    const queued = submitted({ standing: 'pending/job-queued', hold: {} });
    const document = { key: 'k', octets: 1, sha256: 'ab', format: 'application/pdf' };

    const ready = jobAfter(queued, [{ type: 'released' }, at + 1], [{ type: 'prepared', document }, at + minute]);

    expect(ready.standing).toBe('pending/job-fetchable');
  });

  it('expires after 30 days', () => {
    const job = submitted({ standing: held, hold: {} });

    expect(swept(job, at + 30 * 24 * hour - 1).standing).toBe(held);
    expect(swept(job, at + 30 * 24 * hour)).toMatchObject({ standing: 'aborted/aborted-by-system' });
  });
});

describe('a superseded job', () => {
  const by = 'b'.repeat(32) as JobId;

  it('is canceled, and names the newer one', () => {
    const job = jobAfter(submitted(), [ask(1, true), at + 1], [{ type: 'superseded', by }, at + 2]);

    expect(job).toMatchObject({ standing: 'canceled/job-canceled-by-user', supersededBy: by });
    expect(job.message).toContain(by);
  });

  it('is printed if its relay may have begun', () => {
    const job = jobAfter(submitted(), [ask(1, false), at + 1]);

    expect(applyEvent(job, { type: 'superseded', by }, at + 2)).toBeUndefined();
  });
});

it('the history names who asked, even when nothing else changes', () => {
  const job = jobAfter(
    submitted(),
    [ask(1, false), at + 1],
    [{ type: 'cancel-requested', actor: 'till 3' }, at + 2],
    [report(1, 'canceled', 'job-canceled-by-user'), at + 3],
  );

  expect(job.history.map(({ standing, actor, message }) => [standing, actor, message])).toEqual([
    ['pending/job-fetchable', undefined, undefined],
    ['processing/queued-in-device', undefined, undefined],
    ['processing/queued-in-device', 'till 3', 'A cancellation was requested.'],
    ['canceled/job-canceled-by-user', undefined, undefined],
  ]);
});

it('a trace has no gaps, no overlaps and the time of the whole job', () => {
  const event = fc.oneof(
    fc.constant(ask(1, false)),
    fc.constant<JobEvent>({ type: 'cancel-requested', actor: 'a' }),
    fc.integer({ min: 1, max: 9 }).map(sequence => report(sequence, 'processing', 'job-printing')),
    fc.integer({ min: 1, max: 9 }).map(sequence => report(sequence, 'canceled')),
    fc.constant<JobEvent>({ type: 'silent' }),
    fc.constant<JobEvent>({ type: 'resolved-reprint' }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: hour })), { maxLength: 20 }), steps => {
      let time = at;
      const job = steps.reduce((now, [event, wait]) => {
        time += wait;
        return applyEvent(now, event, time) ?? now;
      }, submitted());

      const { stages, milliseconds } = traceOf(job, time);

      expect(stages.reduce((sum, stage) => sum + stage.milliseconds, 0)).toBe(milliseconds);
      for (const [index, stage] of stages.entries()) expect(stage.until).toBe(stages[index + 1]?.from);
      expect(milliseconds).toBe((job.endedAt ?? time) - at);
      expect(stateOf(job) === 'canceled').toBe(stages.at(-1)?.stage === 'canceled');
    }),
  );
});
