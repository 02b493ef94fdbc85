import type { Job } from '../../domain/job.ts';
import { callbackSettled } from '../../domain/job-output.ts';
import { owesCallback } from '../../domain/job-schedule.ts';
import type { CallbackMessage, Ports, Webhooks } from '../../ports/index.ts';
import { changeJob } from './change-job.ts';

/** Returns the body of the notification, in the dialect of the job. */
export type DescribeEnd = (job: Job, remaining: number | undefined) => string;

export type NotifyPorts = Pick<Ports, 'jobs' | 'registry' | 'queue' | 'clock'> & {
  webhooks: Webhooks;
  describeEnd: DescribeEnd;
};

/** Before the second and the third, which is the last attempt. */
const delaySeconds = [3, 20];

/** Notifies the callback of a job that has ended. A callback that answers slowly may be called twice. */
export async function notify(ports: NotifyPorts, { jobId, attempt }: CallbackMessage): Promise<void> {
  const job = await ports.jobs.get(jobId);
  if (!job?.callback || !owesCallback(job)) return;
  const remaining = await ports.registry.remainingCredits(job.companyId);
  const outcome = await ports.webhooks.post(job.callback.url, ports.describeEnd(job, remaining));
  const delay = outcome === 'failed' ? delaySeconds[attempt - 1] : undefined;
  if (delay !== undefined) await ports.queue.send('notify', [{ jobId, attempt: attempt + 1 }], delay);
  else await changeJob(ports, jobId, current => callbackSettled(current, ports.clock.now()));
}
