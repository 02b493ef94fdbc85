import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someCompany, someJob } from '../../../doubles/samples.ts';
import type { Job, JobEvent } from '../../../shared/core/domain/job.ts';
import { applyEvent } from '../../../shared/core/domain/job-events.ts';
import type { JobStore } from '../../../shared/core/ports/index.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { type MetricName, useMetrics } from '../../../shared/telemetry/metrics.ts';
import { observeJobs } from '../../../shared/telemetry/observe-jobs.ts';

let events: { event: string; level: string; jobId: string }[];
let metrics: [MetricName, number][];
let undo: () => void;

beforeEach(() => {
  [events, metrics] = [[], []];
  undo = configureLog({ level: 'info', format: 'json', write: line => events.push(JSON.parse(line)) });
  useMetrics({ record: (name, value) => metrics.push([name, value]), flush() {} });
});
afterEach(() => {
  undo();
  useMetrics(undefined);
});

const store = {
  create: async (jobs: Job[]) => ({ created: jobs }),
  save: async (job: Job) => ({ saved: job }),
} as unknown as JobStore;

async function pass(...steps: [atMilliseconds: number, JobEvent][]): Promise<void> {
  const jobs = observeJobs(store);
  let job: Job = {
    ...someJob(someCompany()),
    submittedAt: 0,
    since: 0,
    updatedAt: 0,
    standing: 'pending/job-fetchable',
  };
  job = { ...job, history: [{ at: 0, standing: job.standing, reasons: [] }] };
  await jobs.create([job]);
  for (const [at, event] of steps) {
    job = applyEvent(job, event, at) as Job;
    await jobs.save(job);
  }
}

const granted: JobEvent = { type: 'acknowledged', relayId: 'relay-1' as never, attempt: 1 };
const reported = (sequence: number, state: 'processing' | 'completed' | 'processing-stopped', ...reasons: string[]) =>
  ({ type: 'reported', attempt: 1, sequence, state, reasons }) as JobEvent;

describe('the observer of jobs', () => {
  it('notes acceptance, grant and end once each, with their times', async () => {
    await pass(
      [40, granted],
      [60, reported(1, 'processing', 'job-printing')],
      [70, reported(2, 'processing', 'job-printing', 'media-low')],
      [90, reported(3, 'completed')],
    );

    expect(events.map(({ event }) => event)).toEqual(['job-accepted', 'job-granted', 'job-ended']);
    expect(new Set(events.map(({ jobId }) => jobId)).size).toBe(1);
    expect(metrics).toEqual([
      ['jobsAccepted', 1],
      ['jobsGranted', 1],
      ['acceptedToGranted', 40],
      ['jobsCompleted', 1],
      ['grantedToCompleted', 50],
    ]);
  });

  it('warns of a job that may have printed and of one that failed', async () => {
    await pass(
      [40, granted],
      [50, reported(1, 'processing-stopped', 'delivery-unconfirmed')],
      [99, { type: 'expired' }],
    );

    expect(events.map(({ event, level }) => [event, level])).toEqual([
      ['job-accepted', 'info'],
      ['job-granted', 'info'],
      ['job-unconfirmed', 'warn'],
      ['job-ended', 'warn'],
    ]);
    expect(metrics.map(([name]) => name)).toContain('jobsUnconfirmed');
    expect(metrics.map(([name]) => name)).toContain('jobsAborted');
  });
});
