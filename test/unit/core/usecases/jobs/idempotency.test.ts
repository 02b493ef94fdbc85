import { expect, it } from 'vitest';
import { someCompany } from '../../../../../doubles/samples.ts';
import { claimOf } from '../../../../../shared/core/usecases/jobs/idempotency.ts';
import type { JobRequest } from '../../../../../shared/core/usecases/jobs/job-request.ts';

const principal = { companyId: someCompany(), scopes: [] };
const request: JobRequest = {
  contract: 'platen',
  targets: [{ locationId: 'office', deviceId: 'laser' }],
  name: 'n',
  template: {},
  properties: {},
  idempotencyKey: 'k',
};
const changes: Partial<JobRequest>[] = [
  { contract: 'cirrusprint' },
  { targets: [] },
  { targets: [{ locationId: 'office', deviceId: 'label' }] },
  { targets: [...request.targets, ...request.targets] },
  { name: 'm' },
  { template: { copies: 2 } },
  { properties: { Copies: '2' } },
  { user: 'u' },
  { tags: ['u'] },
  { user: 'u', tags: ['u'] },
  { supersedes: 's' },
  { hold: {} },
  { hold: { until: 5 } },
  { expires: { at: 5 } },
  { expires: { inMilliseconds: 5 } },
  { printBefore: 5 },
  { user: 'u', printBefore: 5 },
];

it('a request is the same with the same document and the same parameters, and another with any other', () => {
  const fingerprint = (change: Partial<JobRequest> = {}, digest = 'd') =>
    claimOf(principal, { ...request, ...change }, digest)?.fingerprint;

  expect(fingerprint({ targets: [...request.targets] })).toBe(fingerprint());
  expect(fingerprint({ callback: { url: 'https://in.test', origin: '' } })).toBe(fingerprint());
  const all = [fingerprint(), fingerprint({}, 'e'), ...changes.map(change => fingerprint(change))];
  expect(new Set(all).size).toBe(changes.length + 2);
});

it('a claim is of a company and its own key; without a key there is none', () => {
  expect(claimOf(principal, request, 'd')).toMatchObject({ companyId: principal.companyId, key: 'k' });
  for (const idempotencyKey of [undefined, ''])
    expect(claimOf(principal, { ...request, idempotencyKey }, 'd')).toBeUndefined();
});
