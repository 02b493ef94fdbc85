import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { cancelJob } from '../../../../../shared/core/usecases/jobs/cancel-job.ts';
import { listJobs } from '../../../../../shared/core/usecases/jobs/list-jobs.ts';
import { viewJob } from '../../../../../shared/core/usecases/jobs/view-job.ts';
import { company, openWorld, type World } from '../../../world.ts';

const principal = { companyId: company, scopes: ['print' as const] };
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function submit(deviceId = 'laser'): Promise<Job> {
  const targets = [{ locationId: 'office', deviceId }];
  const request = { contract: 'platen' as const, targets, name: 'a', template: {}, properties: {} };
  const [job] = await submitDocument(world.ports, principal, { ...request, bytes: Buffer.from('hello') });
  return job as Job;
}

it('counts the jobs of the same printer that come before and have not ended', async () => {
  const [first, second] = [await submit(), await submit()];
  await submit('label');
  const third = await submit();
  const ahead = async ({ id }: Job) => (await viewJob(world.ports, principal, { id })).ahead;

  expect([await ahead(first), await ahead(second), await ahead(third)]).toEqual([0, 1, 2]);
  await cancelJob(world.ports, principal, { id: first.id });
  expect([await ahead(second), await ahead(third)]).toEqual([0, 1]);
});

it('brings printer and location of a job that has not ended, also in a list', async () => {
  const job = await submit();

  const view = await viewJob(world.ports, principal, { id: job.id });
  const { views } = await listJobs(world.ports, principal, { limit: 10 });

  expect(view).toMatchObject({ printer: { deviceId: 'laser' }, location: { locationId: 'office', online: false } });
  expect(views).toEqual([view]);
});
