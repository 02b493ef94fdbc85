import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompanyId, JobId, RelayId } from '../../../../shared/core/domain/ids.ts';
import {
  isAtRelay,
  isFinal,
  isWaiting,
  type Job,
  type JobEvent,
  type JobEventType,
  readyPrefix,
  type Standing,
  transitions,
} from '../../../../shared/core/domain/job.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';
import { collected, outputDiscarded } from '../../../../shared/core/domain/job-output.ts';
import { dueAction, nudged, standingTimeouts } from '../../../../shared/core/domain/job-schedule.ts';

const document = { key: 'k', octets: 1, sha256: 'ab', format: 'application/pdf' };
const relayId = 'r' as RelayId;
const standings = Object.keys(transitions) as Standing[];

function jobAt(standing: Standing, changes: Partial<Job> = {}): Job {
  return {
    id: 'a'.repeat(32) as JobId,
    companyId: 'main' as CompanyId,
    contract: 'platen',
    printer: { locationId: 'office', deviceId: 'laser' },
    sequence: 1,
    name: 'invoice',
    source: { kind: 'ready', document },
    template: {},
    properties: {},
    unconfirmedPolicy: 'ask',
    standing,
    reasons: [],
    attempt: 1,
    reportSequence: 0,
    submittedAt: 1000,
    since: 1000,
    updatedAt: 1000,
    nudges: 0,
    history: [],
    version: 1,
    ...changes,
  };
}

const report = (
  state: 'processing' | 'processing-stopped' | 'completed' | 'canceled' | 'aborted',
  ...reasons: string[]
) => ({ type: 'reported', attempt: 1, sequence: 1, state, reasons }) satisfies JobEvent;

/** One or more of every event type; those with several destinations once for each. */
const events: Record<string, JobEvent> = {
  'document-received': { type: 'document-received', document },
  'preparation-step': { type: 'preparation-step', step: 'rendering' },
  prepared: { type: 'prepared', document },
  failed: { type: 'failed', reason: 'document-format-error', message: 'no' },
  acknowledged: { type: 'acknowledged', relayId, attempt: 1 },
  'reported at the relay': report('processing'),
  'reported printing': report('processing', 'job-printing'),
  'reported stopped': report('processing-stopped', 'media-empty'),
  'reported unconfirmed': report('processing-stopped', 'delivery-unconfirmed'),
  'reported completed': report('completed'),
  'reported canceled': report('canceled'),
  'reported aborted': report('aborted', 'document-format-error'),
  'cancel-requested': { type: 'cancel-requested' },
  superseded: { type: 'superseded', by: 'b'.repeat(32) as JobId },
  released: { type: 'released' },
  held: { type: 'held', message: 'away' },
  dropped: { type: 'dropped', message: 'away' },
  'resolved-printed': { type: 'resolved-printed' },
  'resolved-reprint': { type: 'resolved-reprint' },
  silent: { type: 'silent' },
  delayed: { type: 'delayed', reasons: ['spool-area-full'] },
  doubted: { type: 'doubted' },
  lost: { type: 'lost', message: 'The relay was replaced.' },
  'handed-over': { type: 'handed-over', message: 'The standby took over.' },
  restored: { type: 'restored', message: 'The data was restored from a backup.' },
  'expiry-requested': { type: 'expiry-requested' },
  expired: { type: 'expired' },
};

const held = 'pending-held/job-incoming';
const onHold = 'pending-held/job-hold-until-specified';
const queued = 'pending/job-queued';
const transforming = 'processing/job-transforming';
const fetchable = 'pending/job-fetchable';
const atRelay = 'processing/queued-in-device';
const printing = 'processing/job-printing';
const stopped = 'processing-stopped/printer-stopped';
const unconfirmed = 'processing-stopped/delivery-unconfirmed';
const completed = 'completed/job-completed-successfully';
const canceled = 'canceled/job-canceled-by-user';
const aborted = 'aborted/aborted-by-system';

const anyReport: Record<string, Standing> = {
  'reported at the relay': atRelay,
  'reported printing': printing,
  'reported stopped': stopped,
  'reported unconfirmed': unconfirmed,
  'reported completed': completed,
  'reported canceled': canceled,
  'reported aborted': aborted,
};
/** Of a relay that says nothing about permission and may have begun; see grant.test.ts for those that do. */
const atAnyRelay = (standing: Standing): Record<string, Standing> => ({
  ...anyReport,
  'cancel-requested': standing,
  doubted: standing,
  held: standing,
  'expiry-requested': standing,
  ...(standing === printing ? {} : { dropped: standing }),
  lost: unconfirmed,
  'handed-over': unconfirmed,
  restored: unconfirmed,
  silent: unconfirmed,
});
const endings: Record<string, Standing> = {
  failed: aborted,
  'cancel-requested': canceled,
  superseded: canceled,
  expired: aborted,
};

/**
 * The destination of each event from each standing, written independently of the code. Missing entries change nothing.
 */
const expected: Record<Standing, Record<string, Standing>> = {
  [held]: { ...endings, restored: held, 'document-received': fetchable },
  [onHold]: {
    released: fetchable,
    restored: onHold,
    'cancel-requested': canceled,
    superseded: canceled,
    expired: aborted,
  },
  [queued]: { ...endings, restored: queued, 'preparation-step': transforming, prepared: fetchable },
  [transforming]: { ...endings, restored: transforming, 'preparation-step': transforming, prepared: fetchable },
  [fetchable]: {
    ...endings,
    acknowledged: atRelay,
    delayed: fetchable,
    held: onHold,
    restored: unconfirmed,
    dropped: aborted,
  },
  [atRelay]: atAnyRelay(atRelay),
  [printing]: atAnyRelay(printing),
  [stopped]: atAnyRelay(stopped),
  [unconfirmed]: {
    ...anyReport,
    'resolved-printed': completed,
    'resolved-reprint': fetchable,
    'cancel-requested': canceled,
    expired: aborted,
  },
  [completed]: {},
  [canceled]: {},
  [aborted]: {},
};

const pairs = standings.flatMap(standing => Object.keys(events).map(event => [standing, event] as const));

describe('the job state table', () => {
  it.each(pairs)('from %s, "%s" leads to the expected standing', (standing, name) => {
    const after = applyEvent(jobAt(standing, standing === onHold ? { hold: {} } : {}), events[name] as JobEvent, 2000);

    expect(after?.standing).toBe(expected[standing][name]);
  });

  it('is tested with every type of event', () => {
    const types = new Set(Object.values(events).map(event => event.type));
    const inTable = new Set(standings.flatMap(standing => Object.keys(transitions[standing]) as JobEventType[]));

    expect([...inTable].filter(type => !types.has(type))).toEqual([]);
  });

  it('delivers a job without a printer to its client instead of a relay', () => {
    const after = applyEvent(jobAt(transforming, { printer: undefined }), events.prepared as JobEvent, 2000);

    expect(after?.standing).toBe(completed);
  });
});

describe('a job', () => {
  it('ignores a report of another attempt', () => {
    const job = jobAt(printing, { attempt: 2 });

    expect(applyEvent(job, report('completed'), 2000)).toBeUndefined();
  });

  it('ignores a report that is not newer than the last', () => {
    const job = jobAt(printing, { reportSequence: 4 });

    expect(applyEvent(job, { ...report('aborted'), sequence: 4 }, 2000)).toBeUndefined();
    expect(applyEvent(job, { ...report('aborted'), sequence: 5 }, 2000)?.standing).toBe('aborted/aborted-by-system');
  });

  it('is completed by whichever copy of its relay says so', () => {
    const job = applyEvent(jobAt(printing, { reportSequence: 4 }), { ...report('completed'), sequence: 1 }, 2000);

    expect(job).toMatchObject({ standing: completed, reportSequence: 4 });
  });

  it('accepts a late confirmation after it became unconfirmed', () => {
    const job = applyEvent(jobAt(printing), { type: 'silent' }, 2000) as Job;

    expect(applyEvent(job, report('completed'), 3000)?.standing).toBe(completed);
  });

  it('counts a reprint as a new attempt whose reports start over', () => {
    const job = jobAt(unconfirmed, { reportSequence: 7, relayId });

    const after = applyEvent(job, { type: 'resolved-reprint' }, 2000);

    expect(after).toMatchObject({ attempt: 2, reportSequence: 0, standing: fetchable });
  });

  it('keeps the note that it may have been printed when it was canceled or expired unconfirmed', () => {
    for (const type of ['cancel-requested', 'expired'] as const) {
      expect(applyEvent(jobAt(unconfirmed), { type }, 2000)?.reasons).toContain('delivery-unconfirmed');
    }
  });

  it('keeps its first time of receipt and notes its end', () => {
    const received = applyEvent(jobAt(fetchable), events.acknowledged as JobEvent, 2000) as Job;
    const ended = applyEvent(received, report('completed'), 3000);

    expect(ended).toMatchObject({ receivedAt: 2000, endedAt: 3000 });
  });

  it('keeps a bounded history', () => {
    let job = jobAt(printing);
    for (let sequence = 1; sequence <= 200; sequence++) {
      const state = sequence % 2 ? 'processing-stopped' : 'processing';
      job = applyEvent(job, { ...report(state, 'job-printing'), sequence }, sequence) ?? job;
    }

    expect(job.history.length).toBe(50);
  });
});

describe('deadlines', () => {
  it.each(standings.filter(standing => !isFinal({ standing })))(
    'a job that stays %s ends at its deadline',
    standing => {
      let job: Job = { ...jobAt(standing), dueAt: 1000 };
      let at = 1000;
      for (let looks = 0; looks < 100 && !isFinal(job); looks++) {
        at = Math.max(at, job.dueAt as number);
        const owed = dueAction(job, at);
        if (owed === 'nudge' || owed === undefined) job = nudged(job, at);
        else job = applyEvent(job, owed as JobEvent, at) as Job;
      }

      expect(isFinal(job)).toBe(true);
    },
  );

  it('sends a lost message again, less and less often', () => {
    let job: Job = { ...jobAt(fetchable), dueAt: 31_000 };
    const gaps: number[] = [];
    for (let look = 0; look < 5; look++) {
      const at = job.dueAt as number;
      expect(dueAction(job, at)).toBe('nudge');
      job = nudged(job, at);
      gaps.push((job.dueAt as number) - at);
    }

    expect(gaps).toEqual([30_000, 60_000, 120_000, 240_000, 480_000]);
  });

  it('never offers an acknowledged job again', () => {
    for (const standing of standings.filter(name => isAtRelay({ standing: name }))) {
      const job = { ...jobAt(standing), dueAt: 0 };

      const owed = dueAction(job, 1000 + (standingTimeouts[standing] as number)) as JobEvent;

      expect(applyEvent(job, owed, 2000)?.standing).toBe(unconfirmed);
    }
  });

  it('is not due before its time', () => {
    expect(dueAction({ ...jobAt(fetchable), dueAt: 5000 }, 4999)).toBeUndefined();
  });

  it('discards an output once, also when it was never collected', () => {
    const output = { fileName: 'a.pdf', keepMilliseconds: 4000, once: true, collectBy: 5000 };
    const job = { ...jobAt(completed), output, dueAt: 5000 };

    expect(dueAction(job, 5000)).toBe('discard-output');
    const after = outputDiscarded(job, 6000);
    expect(after).toMatchObject({ dueAt: undefined, output: { discardedAt: 6000 } });
    expect(collected(after, 7000)).toBeUndefined();
  });
});

describe('the order of a printer', () => {
  it('is kept by jobs that no relay has acknowledged', () => {
    expect(standings.filter(standing => isWaiting(jobAt(standing)))).toEqual([held, queued, transforming, fetchable]);
    expect(isWaiting(jobAt(fetchable, { printer: undefined }))).toBe(false);
  });

  it('offers the jobs up to the first that is not ready', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Standing>(held, queued, transforming, fetchable)), order => {
        const waiting = order.map(standing => jobAt(standing));
        const prefix = readyPrefix(waiting);

        expect(prefix.every(job => job.standing === fetchable)).toBe(true);
        expect(waiting.slice(0, prefix.length)).toEqual(prefix);
        expect(waiting[prefix.length]?.standing).not.toBe(fetchable);
      }),
    );
  });
});

describe('any run of events', () => {
  it('never leaves a final state, never lowers the attempt, and keeps a deadline while it is open', () => {
    const anyEvent = fc.tuple(
      fc.constantFrom(...Object.values(events)),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...standings), fc.array(anyEvent, { maxLength: 30 }), (standing, run) => {
        let job = jobAt(standing);
        run.forEach(([event, attempt, sequence], index) => {
          const sent = event.type === 'reported' ? { ...event, attempt, sequence } : event;
          const next = applyEvent(job, sent, 2000 + index);
          if (isFinal(job)) expect(next).toBeUndefined();
          expect(next?.attempt ?? job.attempt).toBeGreaterThanOrEqual(job.attempt);
          if (next && !isFinal(next)) expect(next.dueAt).toBeGreaterThan(2000 + index);
          job = next ?? job;
        });
      }),
    );
  });

  it('has the same result whether each event is delivered once or several times in a row', () => {
    const run = fc.array(fc.tuple(fc.constantFrom(...Object.values(events)), fc.integer({ min: 1, max: 4 })));
    fc.assert(
      fc.property(fc.constantFrom(...standings), run, (standing, delivered) => {
        let once = jobAt(standing);
        let repeated = jobAt(standing);
        delivered.forEach(([event, times], index) => {
          const sent = event.type === 'reported' ? { ...event, sequence: index + 1 } : event;
          once = applyEvent(once, sent, 2000) ?? once;
          for (let time = 0; time < times; time++) repeated = applyEvent(repeated, sent, 2000) ?? repeated;
        });

        expect(repeated).toEqual(once);
      }),
    );
  });
});
