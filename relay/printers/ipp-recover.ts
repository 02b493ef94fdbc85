import type { IppClient } from '../ipp-client/client.ts';
import { reasonOf } from '../ipp-client/errors.ts';
import type { DeviceTimes } from './device-options.ts';
import { type Fate, follow } from './ipp-follow.ts';
import { askForJob, findJobs, type JobView, ownership } from './ipp-job-view.ts';
import { isOtherPrinter, statusAttributes, viewPrinter } from './ipp-printer-view.ts';
import { newsOnly } from './ipp-progress.ts';
import type { DeviceStep, NotSent, PrintOutcome, RecoverRequest } from './output-device.ts';

/**
 * After a crash: the journal says which step was begun, the printer says what it knows. No octet of a document
 * leaves before `created` is in the journal, so a job that got no further was not sent, whatever else is unknown;
 * the printer is asked all the same, to take away the empty job that Create-Job may have made.
 */
export async function recoverIpp(
  client: IppClient,
  times: DeviceTimes,
  request: RecoverRequest,
): Promise<PrintOutcome | NotSent> {
  const { step, signal } = request;
  try {
    const printer = await viewPrinter(client, statusAttributes);
    const isReplaced = isOtherPrinter(step.printerUuid, printer);
    const job = isReplaced ? undefined : await findJob(client, request);
    if (!job) return fateOfLost(request, isReplaced);

    const fate = await follow({
      client,
      times,
      token: step.jobName,
      jobId: job.id,
      jobUuid: job.uuid,
      isAccepted: step.step === 'sent',
      seen: job,
      progress: newsOnly(request.progress),
      letOthersPass: request.letOthersPass,
      signal,
    });
    return answerOf(fate, step);
  } catch (error) {
    return { kind: 'retry', ...reasonOf(error instanceof Error ? error : new Error(String(error))) };
  }
}

/**
 * By the id from the journal where it is provably ours, else by token. An attempt that was refused at first has
 * left ended jobs of the same token behind, so an open one goes before them, and the newest before older ones;
 * of a job that was about to be asked for they say nothing.
 */
async function findJob(client: IppClient, { step }: RecoverRequest): Promise<JobView | undefined> {
  const token = step.jobName;
  if (step.step !== 'submitting' && step.printerJobId !== undefined) {
    const job = await askForJob(client, step.printerJobId);
    if (job && !(job instanceof Error) && ownership(job, token, step.printerJobUuid) === 'ours') return job;
  }
  const uuid = step.step === 'submitting' ? undefined : step.printerJobUuid;
  const found = (await findJobs(client, token)).filter(job => ownership(job, token, uuid) === 'ours');
  const [newest] = found.toSorted((a, b) => Number(isEnded(a)) - Number(isEnded(b)) || b.id - a.id);
  return step.step === 'submitting' && newest && isEnded(newest) ? undefined : newest;
}

const isEnded = ({ state }: JobView) => state === 'canceled' || state === 'aborted';

/**
 * The printer is there and does not know the job. Had it been forgotten, it had ended; but whether in print, in an
 * abort or with the printer's memory, and after how much of the document, is unknown.
 */
function fateOfLost({ step }: RecoverRequest, isReplaced: boolean): PrintOutcome | NotSent {
  if (step.step === 'submitting') return { kind: 'not-sent' };
  const message = isReplaced ? 'another printer has the address now' : 'the printer does not know the job any more';
  return { kind: 'unconfirmed', message };
}

/** Of a document that is sent several times, the next one follows. */
function answerOf(fate: Fate, { copies = 1, copiesDone = 0 }: DeviceStep): PrintOutcome | NotSent {
  if (fate.kind === 'not-sent') return { kind: 'not-sent' };
  const done = copiesDone + 1;
  return fate.kind === 'completed' && done < copies ? { kind: 'not-sent', copiesDone: done } : fate;
}
