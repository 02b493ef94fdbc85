import { afterEach, beforeEach, expect, it } from 'vitest';
import { someJob } from '../../../../../doubles/samples.ts';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import { resolveJob, resolveJobs } from '../../../../../shared/core/usecases/jobs/resolve-job.ts';
import { company, openWorld, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, keyName: 'till 3', scopes: ['print'] };
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function unconfirmed(changes: Partial<Job> = {}): Promise<Job> {
  const job = someJob(company, { standing: 'processing-stopped/delivery-unconfirmed', ...changes });
  await world.ports.jobs.create([job]);
  return job;
}

it('offers a job to its relay at once that is to be printed again', async () => {
  const { id, printer } = await unconfirmed();

  const job = await resolveJob(world.ports, principal, { id, as: 'reprint' });

  expect(job).toMatchObject({ standing: 'pending/job-fetchable', attempt: 2 });
  expect(job.history.at(-1)?.actor).toBe('till 3');
  expect(world.queued).toEqual([{ queue: 'offer', message: { companyId: company, printer } }]);
});

it('notifies the callback of a job at once that is called printed', async () => {
  const { id } = await unconfirmed({ callback: { url: 'https://in.test/hook', origin: 'https://platen.test' } });

  const job = await resolveJob(world.ports, principal, { id, as: 'printed' });

  expect(job.standing).toBe('completed/job-completed-successfully');
  expect(job.history.at(-1)?.actor).toBe('till 3');
  expect(world.queued).toEqual([{ queue: 'notify', message: { jobId: id, attempt: 1 } }]);
});

it('refuses a job that is not unconfirmed, and resolves the others', async () => {
  const { id: waiting } = await unconfirmed({ standing: 'pending/job-fetchable' });
  const { id } = await unconfirmed();

  const results = await resolveJobs(world.ports, principal, { ids: [waiting, id, 'none'], as: 'printed' });

  expect(results).toMatchObject([
    { id: waiting, error: { code: 'conflict' } },
    { job: { id, standing: 'completed/job-completed-successfully' } },
    { id: 'none', error: { code: 'not-found' } },
  ]);
});
