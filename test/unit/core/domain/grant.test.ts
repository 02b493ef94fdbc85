import { describe, expect, it } from 'vitest';
import { type Ask, answerTo, isRenewal, leaseMilliseconds } from '../../../../shared/core/domain/grant.ts';
import type { CompanyId, JobId, RelayId } from '../../../../shared/core/domain/ids.ts';
import type { Job, JobEvent } from '../../../../shared/core/domain/job.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';

const relayId = 'r' as RelayId;
const ask = (changes: Partial<Ask> = {}): Ask => ({
  instance: 'first',
  ask: 1,
  waits: false,
  reportSequence: 0,
  ...changes,
});

function fetchable(): Job {
  return {
    id: 'a'.repeat(32) as JobId,
    companyId: 'main' as CompanyId,
    contract: 'platen',
    printer: { locationId: 'office', deviceId: 'laser' },
    sequence: 1,
    name: 'invoice',
    source: { kind: 'stored', key: 'k' },
    template: {},
    properties: {},
    unconfirmedPolicy: 'ask',
    standing: 'pending/job-fetchable',
    reasons: [],
    attempt: 1,
    reportSequence: 0,
    submittedAt: 0,
    since: 0,
    updatedAt: 0,
    nudges: 0,
    history: [],
    version: 1,
  };
}

const apply = (job: Job, event: JobEvent, at = 1000) => applyEvent(job, event, at) ?? job;
const acknowledge = (job: Job, asked: Ask, at = 1000) =>
  apply(job, { type: 'acknowledged', relayId, attempt: 1, ask: asked }, at);
const held = (changes: Partial<Ask> = {}) => acknowledge(fetchable(), ask(changes));
/** Applies an ask, and answers it as the use case does. */
function answered(job: Job, asked: Ask, at: number) {
  const after = acknowledge(job, asked, at);
  return answerTo(after, asked, at);
}
const later = 1000 + leaseMilliseconds;

describe('permission to print', () => {
  it('is given to the first that asks, and again when the same ask is repeated', () => {
    const job = held();

    expect(answerTo(job, ask(), 1000)).toBe('granted');
    expect(answered(job, ask(), later)).toBe('granted');
  });

  it('is renewed for the same instance with each new ask', () => {
    expect(answered(held(), ask({ ask: 2 }), 1001)).toBe('granted');
  });

  it('passes to a restarted relay, whose count goes on, once the former instance cannot begin any more', () => {
    const successor = ask({ instance: 'second', ask: 2 });

    expect(answered(held(), successor, later - 1)).toBe('none');
    expect(answered(held(), successor, later)).toBe('granted');
  });

  it('is not given to a copy of the folder from before the ask', () => {
    expect(answered(held(), ask({ instance: 'copy', ask: 1 }), later)).toBe('contested');
    expect(answered(held({ ask: 5 }), ask({ instance: 'copy', ask: 4 }), later)).toBe('contested');
  });

  it('is not given to a copy of the folder that does not know what was reported', () => {
    const reported = apply(held(), {
      type: 'reported',
      attempt: 1,
      sequence: 3,
      state: 'processing',
      reasons: ['job-printing'],
    });

    expect(answered(reported, ask({ instance: 'copy', ask: 2, reportSequence: 2 }), later)).toBe('contested');
    expect(answered(reported, ask({ instance: 'successor', ask: 2, reportSequence: 3 }), later)).toBe('granted');
  });

  it('is not given to a copy of the folder if the job may have begun and its printer cannot be asked', () => {
    const copy = ask({ instance: 'copy', ask: 2, mayBeCopy: true });

    expect(answered(held(), copy, later)).toBe('contested');
    expect(answered(held(), copy, 1001)).toBe('contested');
    expect(answered(held({ waits: true }), copy, later)).toBe('granted');
    expect(answered(held(), ask({ ask: 2, mayBeCopy: true }), 1001)).toBe('granted');
  });

  it('is lost by the former instance when a copy was given it', () => {
    const taken = acknowledge(held(), ask({ instance: 'copy', ask: 2 }), later);

    expect(answered(taken, ask({ instance: 'first', ask: 2 }), later + leaseMilliseconds)).toBe('contested');
  });

  it('is given to no other instance once the relay has lost its record of the job', () => {
    const lost = apply(held(), { type: 'lost', message: 'The relay has lost its journal.' });

    expect(answered(lost, ask({ instance: 'copy', ask: 2 }), later)).toBe('contested');
    expect(acknowledge(lost, ask({ instance: 'copy', ask: 2 }), later)).toBe(lost);
    expect(acknowledge(lost, ask({ ask: 2 }), later)).toMatchObject({ standing: 'processing/queued-in-device' });
  });

  it('is given to relays that do not number their asks, as before', () => {
    const old = apply(fetchable(), { type: 'acknowledged', relayId, attempt: 1 });

    expect(answerTo(old, undefined, 1000)).toBe('granted');
    expect(isRenewal(old, relayId, ask(), 1000)).toBe(true);
  });
});

describe('a job that its relay has not begun', () => {
  const waits = held({ waits: true });

  it('is canceled at once', () => {
    expect(apply(waits, { type: 'cancel-requested' }).standing).toBe('canceled/job-canceled-by-user');
  });

  it('is offered again when the relay is lost, with a count that goes on', () => {
    const lost = apply(waits, { type: 'lost', message: 'replaced' });

    expect(lost).toMatchObject({ standing: 'pending/job-fetchable', attempt: 1, grant: { ask: 1 } });
    expect(lost.message).toBeUndefined();
  });

  it('expires unprinted when the relay stays away', () => {
    expect(apply(waits, { type: 'silent' })).toMatchObject({
      standing: 'aborted/aborted-by-system',
      reasons: ['expired'],
      message: 'The job expired before its printer could print it. Nothing was printed.',
    });
  });
});

describe('a job that its relay may have begun', () => {
  it('is unconfirmed when the relay is lost, with the reason', () => {
    expect(apply(held(), { type: 'lost', message: 'The relay was replaced.' })).toMatchObject({
      standing: 'processing-stopped/delivery-unconfirmed',
      message: 'The relay was replaced.',
    });
  });

  it('expires unprinted when its relay answers the request to end it', () => {
    const asked = apply(held(), { type: 'expiry-requested' });
    const ended = apply(asked, { type: 'reported', attempt: 1, sequence: 1, state: 'canceled', reasons: [] });

    expect(asked).toMatchObject({ standing: 'processing/queued-in-device', cancelRequested: true });
    expect(ended).toMatchObject({ standing: 'aborted/aborted-by-system', reasons: ['expired'] });
  });

  it('is doubted no longer once there is a report', () => {
    const doubted = apply(held(), { type: 'doubted' }, 2000);
    const reported = apply(doubted, {
      type: 'reported',
      attempt: 1,
      sequence: 1,
      state: 'processing',
      reasons: ['job-printing'],
    });

    expect(doubted).toMatchObject({ doubtedAt: 2000, dueAt: 62_000 });
    expect(reported.doubtedAt).toBeUndefined();
  });

  it('begins its count anew with a reprint', () => {
    const unconfirmed = apply(held({ ask: 4 }), { type: 'lost', message: 'lost' });

    expect(apply(unconfirmed, { type: 'resolved-reprint' })).toMatchObject({ attempt: 2, grant: undefined });
  });
});
