import { describe, expect, it } from 'vitest';
import { tableBelow } from '../../../doubles/document-tables.ts';
import { jobJson } from '../../../shared/contracts/cirrusprint/responses.ts';
import { callbackBody } from '../../../shared/contracts/pdfco/job-check.ts';
import { jobStatus } from '../../../shared/contracts/scriptx/job-status.ts';
import { type Job, type Standing, stateOf, transitions } from '../../../shared/core/domain/job.ts';

/* "How each shows a job" in docs/dialects.md is what the contracts answer. */

const rows = new Map(tableBelow('docs/dialects.md', 'How each shows a job').map(([job, ...shown]) => [job, shown]));

const base = {
  id: 'f'.repeat(32),
  companyId: 'acme',
  printer: { locationId: 'office', deviceId: 'laser' },
  name: 'a.pdf',
  reasons: [],
  properties: {},
  template: {},
  history: [],
  since: 0,
  submittedAt: 0,
  updatedAt: 0,
} as unknown as Job;
const made = { key: 'k', fileName: 'a.pdf', keepMilliseconds: 1, readyAt: 1, collectBy: 1 };
const file = { printer: undefined, output: made } as unknown as Partial<Job>;
const collected = { ...file, output: { ...made, collectedAt: 1 } } as unknown as Partial<Job>;

const cases: [string, Standing, Partial<Job>?][] = [
  ['waits for its document', 'pending-held/job-incoming'],
  ['held', 'pending-held/job-hold-until-specified'],
  ['accepted', 'pending/job-queued'],
  ['is prepared', 'processing/job-transforming'],
  ['waits for the relay', 'pending/job-fetchable'],
  ['at the relay, printing', 'processing/queued-in-device'],
  ['at the relay, printing', 'processing/job-printing'],
  ['printer needs attention', 'processing-stopped/printer-stopped'],
  ['may have printed', 'processing-stopped/delivery-unconfirmed'],
  ['printed', 'completed/job-completed-successfully'],
  ['file ready; collected', 'completed/job-completed-successfully', file],
  ['file ready; collected', 'completed/job-completed-successfully', collected],
  ['canceled', 'canceled/job-canceled-by-user'],
  ['expired', 'aborted/aborted-by-system', { reasons: ['expired'] }],
  ['failed', 'aborted/aborted-by-system'],
];

describe('docs/dialects.md', () => {
  it.each(cases)('has what the dialects show: %s, %s', (label, standing, change = {}) => {
    const job: Job = { ...base, standing, ...change };
    const [cirrusprint = '', scriptx = '', pdfco = '', platen = ''] = rows.get(label) ?? [];
    const { State } = JSON.parse(jobJson({ job }).body as string);
    const { status } = JSON.parse(jobStatus('token')({ job }).body as string);

    expect(cirrusprint.replace('as it was', `${State}`).split(/\W+/)).toContain(`${State}`);
    expect(scriptx.match(/-?\d+/g)).toContain(`${status}`);
    expect(pdfco).toBe(`\`${JSON.parse(callbackBody(job, undefined)).status}\``);
    expect(platen).toContain(`\`${stateOf(job)}\``);
  });

  it('has all states', () => {
    expect(new Set(cases.map(([, standing]) => standing))).toEqual(new Set(Object.keys(transitions)));
  });
});
