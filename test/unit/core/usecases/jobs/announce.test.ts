import { describe, expect, it } from 'vitest';
import type { Job, Standing } from '../../../../../shared/core/domain/job.ts';
import { announce } from '../../../../../shared/core/usecases/jobs/announce.ts';
import { company } from '../../../world.ts';

const jobs: [string, Partial<Job> & { standing: Standing }][] = [
  ['offer', { standing: 'pending/job-fetchable', printer: { locationId: 'office', deviceId: 'laser' } }],
  ['prepare', { standing: 'pending/job-queued' }],
  ['notify', { standing: 'completed/job-completed-successfully', callback: { url: 'https://in.test', origin: '' } }],
];

const jobOf = (members: Partial<Job>) => ({ id: 'a'.repeat(32), companyId: company, reasons: [], ...members }) as Job;

describe.each(jobs)('the message %s', (queue, members) => {
  it('is stored before the call returns', async () => {
    const sent: string[] = [];
    const stored = Promise.withResolvers<void>();
    let isOver = false;
    const send = async (name: string) => {
      sent.push(name);
      await stored.promise;
    };
    const announced = announce({ queue: { send } }, [jobOf(members)]).then(() => {
      isOver = true;
    });
    await new Promise(resolve => setImmediate(resolve));
    const wasOver = isOver;
    stored.resolve();
    await announced;

    expect(sent).toEqual([queue]);
    expect(wasOver).toBe(false);
  });

  it('that cannot be stored fails the call', async () => {
    const send = () => Promise.reject(new Error('The disk is full.'));

    await expect(announce({ queue: { send } }, [jobOf(members)])).rejects.toThrow('The disk is full.');
  });
});
