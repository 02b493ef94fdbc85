import { expect, it } from 'vitest';
import { someCompany, someJob } from '../../../../doubles/samples.ts';
import { traceOf } from '../../../../shared/core/domain/job-trace.ts';

it('a trace has one row for each entry of the history, with its time and who asked', () => {
  const at = 1_700_000_000_000;
  const job = someJob(someCompany(), {
    submittedAt: at,
    endedAt: at + 50,
    history: [
      { at: at + 10, standing: 'pending/job-fetchable', reasons: ['a'] },
      { at: at + 30, standing: 'processing/queued-in-device', reasons: [], message: 'm', actor: 'till 3' },
      { at: at + 50, standing: 'canceled/job-canceled-by-user', reasons: [] },
    ],
  });

  const { milliseconds, stages } = traceOf(job, at + 90);

  expect(milliseconds).toBe(50);
  expect(stages).toEqual([
    { stage: 'waiting-for-relay', from: at + 10, until: at + 30, milliseconds: 20, reasons: ['a'] },
    { stage: 'at-relay', from: at + 30, until: at + 50, milliseconds: 20, reasons: [], message: 'm', actor: 'till 3' },
    { stage: 'canceled', from: at + 50, milliseconds: 0, reasons: [] },
  ]);
  const open = traceOf({ ...job, endedAt: undefined, history: job.history.slice(0, 1) }, at + 90);
  expect([open.milliseconds, open.stages[0]?.milliseconds]).toEqual([90, 80]);
  expect(traceOf({ ...job, endedAt: undefined }, at - 5).milliseconds).toBe(0);
});
