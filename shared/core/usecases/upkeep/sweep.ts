import { log } from '../../../telemetry/log.ts';
import { isAtRelay, type Job } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import { outputDiscarded } from '../../domain/job-output.ts';
import { dueAction, nudged } from '../../domain/job-schedule.ts';
import type { Ports } from '../../ports/index.ts';
import { deleteOutput } from '../documents/output-files.ts';
import { announce } from '../jobs/announce.ts';
import { changeJob } from '../jobs/change-job.ts';
import { discardConversion } from '../jobs/conversion-store.ts';
import { askRelayAbout } from '../jobs/recall-job.ts';
import { endUpload } from '../uploads/end-upload.ts';

const atOnce = 100;

/**
 * Ends abandoned jobs and uploads, and repeats messages that may have been lost, in bounded batches. Returns the number
 * of items that it dealt with: the caller repeats until this is 0. An item that fails is logged and holds up no other;
 * throws when nothing else is left.
 */
export async function sweep(ports: Ports): Promise<number> {
  const at = ports.clock.now();
  const [jobs, uploads] = await Promise.all([ports.jobs.due(at, atOnce), ports.uploads.expired(at, atOnce)]);
  const failures: unknown[] = [];
  const attempt = async (subject: Record<string, unknown>, work: Promise<void>) => {
    await work.catch(error => {
      log.error('sweep-failed', { ...subject, error });
      failures.push(error);
    });
  };
  for (const job of jobs) await attempt({ jobId: job.id, companyId: job.companyId }, sweepJob(ports, job));
  for (const upload of uploads) {
    await attempt({ uploadId: upload.id, companyId: upload.companyId }, endUpload(ports, upload, 'expired'));
  }
  const done = jobs.length + uploads.length - failures.length;
  if (done === 0 && failures.length > 0) throw failures[0];
  return done;
}

async function sweepJob(ports: Ports, due: Job): Promise<void> {
  const { id } = due;
  const at = ports.clock.now();
  let owed: ReturnType<typeof dueAction>;
  const isConnected = isAtRelay(due) && (await isRelayConnected(ports, due));
  const outcome = await changeJob(ports, id, job => {
    owed = dueAction(job, at, isConnected);
    if (!owed) return undefined;
    if (owed === 'nudge') return nudged(job, at);
    if (owed === 'discard-output') return outputDiscarded(job, at);
    return applyEvent(job, owed, at);
  });
  if (!outcome?.changed) return;
  await announce(ports, [outcome.job]);
  if (isAtRelay(outcome.job)) await askRelayAbout(ports, outcome.job);
  if (owed !== 'nudge') await discardConversion(ports, outcome.job);
  if (owed === 'discard-output' && outcome.job.document) await deleteOutput(ports, outcome.job.document.key);
}

async function isRelayConnected(
  ports: Pick<Ports, 'registry'>,
  { companyId, printer, relayId }: Job,
): Promise<boolean> {
  const location = printer && (await ports.registry.getLocation(companyId, printer.locationId));
  return location?.online === true && location.relayId === relayId;
}
