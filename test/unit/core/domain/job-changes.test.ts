import { describe, expect, it } from 'vitest';
import { office, someCompany, someJob } from '../../../../doubles/samples.ts';
import type { Job, JobEvent } from '../../../../shared/core/domain/job.ts';
import { eventsBetween } from '../../../../shared/core/domain/job-changes.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';
import { collected } from '../../../../shared/core/domain/job-output.ts';
import { nudged } from '../../../../shared/core/domain/job-schedule.ts';

const at = 1_700_000_000_000;
const relayId = 'r'.repeat(32) as NonNullable<Job['relayId']>;
const document = { key: 'k', octets: 3, format: 'application/pdf' } as NonNullable<Job['document']>;
const report = (state: string, reasons: string[] = [], sequence = 1) =>
  ({ type: 'reported', attempt: 1, sequence, state, reasons }) as JobEvent;
const ask = { instance: 'i', ask: 1, waits: false, reportSequence: 0 };
const acknowledged: JobEvent = { type: 'acknowledged', relayId, attempt: 1, ask };

/** The types of the events of a job to which these things happen one after another. */
function typesOf(job: Job, ...happened: JobEvent[]): string[] {
  let before = job;
  const types: string[] = [];
  for (const event of happened) {
    const next = applyEvent(before, event, at + 1);
    if (!next) throw new Error(`${event.type} changes nothing`);
    types.push(...eventsBetween(before, next).map(({ type }) => type));
    before = { ...next, version: before.version + 1 };
  }
  return types;
}

const someFile = () =>
  someJob(someCompany(), {
    printer: undefined,
    standing: 'pending/job-queued',
    output: { fileName: 'a.pdf', keepMilliseconds: 1000, once: false },
  });

describe('the events of a job', () => {
  it('begin with its creation', () => {
    const job = someJob(someCompany(), { version: 1 });

    expect(eventsBetween(undefined, job)).toEqual([
      {
        ...{ companyId: job.companyId, type: 'job.created', at: job.updatedAt, subject: job.id, subjectVersion: 1 },
        place: 'office:laser',
        data: { job: expect.objectContaining({ id: job.id, state: 'pending' }), previous: undefined },
      },
    ]);
  });

  it.each<[string, JobEvent[], string[]]>([
    [
      'printed',
      [acknowledged, report('processing', ['job-printing']), report('completed', [], 2)],
      ['job.at_relay', 'job.printing', 'job.completed'],
    ],
    [
      'stopped twice for two reasons',
      [
        acknowledged,
        report('processing-stopped', ['media-empty']),
        report('processing-stopped', ['media-empty', 'cover-open'], 2),
      ],
      ['job.at_relay', 'job.attention', 'job.attention'],
    ],
    [
      'stopped twice for one reason',
      [acknowledged, report('processing-stopped', ['media-empty']), report('processing-stopped', ['media-empty'], 2)],
      ['job.at_relay', 'job.attention'],
    ],
    ['canceled while it waits', [{ type: 'cancel-requested' }], ['job.canceled']],
    [
      'canceled while it prints',
      [acknowledged, { type: 'cancel-requested' }, report('canceled')],
      ['job.at_relay', 'job.cancel_requested', 'job.canceled'],
    ],
    [
      'unconfirmed, and printed again',
      [acknowledged, report('processing-stopped', ['delivery-unconfirmed']), { type: 'resolved-reprint' }],
      ['job.at_relay', 'job.unconfirmed', 'job.reprinted'],
    ],
    [
      'held, and released',
      [{ type: 'held', message: 'The printer is being moved.' }, { type: 'released' }],
      ['job.held', 'job.queued'],
    ],
    ['expired', [{ type: 'expired' }], ['job.expired']],
    ['failed', [{ type: 'failed', reason: 'document-format-error', message: 'It is no PDF.' }], ['job.failed']],
    ['delayed', [{ type: 'delayed', reasons: ['busy'] }], []],
  ])('of one that is %s', (_what, happened, types) => {
    expect(typesOf(someJob(someCompany()), ...happened)).toEqual(types);
  });

  it('say that a file is ready, and that it was collected', () => {
    const job = someFile();
    const ready = applyEvent(job, { type: 'prepared', document }, at + 1) as Job;

    expect(typesOf(job, { type: 'preparation-step', step: 'starting' }, { type: 'prepared', document })).toEqual([
      'job.rendering',
      'job.ready',
    ]);
    expect(eventsBetween(ready, collected(ready, at + 2) as Job).map(({ type }) => type)).toEqual(['job.collected']);
  });

  it('say who confirmed a job that was unconfirmed', () => {
    const job = someJob(someCompany());
    const unconfirmed = [acknowledged, report('processing-stopped', ['delivery-unconfirmed'])].reduce(
      (before, event) => applyEvent(before, event, at + 1) as Job,
      job,
    );
    const confirmedBy = (event: JobEvent) =>
      eventsBetween(unconfirmed, applyEvent(unconfirmed, event, at + 2) as Job)[0]?.data;

    expect(confirmedBy({ type: 'resolved-printed' })).toMatchObject({ confirmedBy: 'person' });
    expect(confirmedBy(report('completed', [], 2))).toMatchObject({ confirmedBy: 'printer' });
  });

  it('do not include resent messages and new deadlines', () => {
    const job = someJob(someCompany());

    expect(eventsBetween(job, nudged(job, at + 60_000))).toEqual([]);
    expect(eventsBetween(job, { ...job, dueAt: 5, updatedAt: at + 1 })).toEqual([]);
  });

  it('stay small, and hold no document, address or property of the client', () => {
    const long = 'x'.repeat(50_000);
    const job = someJob(someCompany(), {
      name: long,
      message: long,
      warnings: Array(100).fill(long),
      reasons: Array(100).fill('media-empty'),
      properties: { secret: 'hidden' },
      callback: { url: 'https://callback.test', origin: 'https://platen.test' },
      document: { ...document, key: 'companies/acme/documents/d' },
    });
    const [event] = eventsBetween(undefined, job);
    const text = JSON.stringify(event);

    expect(text.length).toBeLessThan(20_000);
    expect(text).not.toMatch(/hidden|callback\.test|companies\/acme|history/);
    expect(event?.place).toBe(`${office.locationId}:${office.deviceId}`);
  });
});
