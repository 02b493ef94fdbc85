import { log } from '../../../telemetry/log.ts';
import { absenceOf, backlogIn, decisionsOn, shortestAbsenceMilliseconds } from '../../domain/backlog.ts';
import type { Relay } from '../../domain/company.ts';
import type { JobId } from '../../domain/ids.ts';
import { isFinal, type Job, type JobEvent } from '../../domain/job.ts';
import { applyEvent } from '../../domain/job-events.ts';
import {
  type Absence,
  type BacklogDigest,
  type BacklogPolicy,
  type Printer,
  printerKey,
} from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { makeMemory } from '../memory.ts';
import { saveWith } from '../save-versioned.ts';
import { jobsAtMostOld, recentJobs } from './recent-jobs.ts';

type BacklogPorts = Pick<Ports, 'jobs' | 'registry' | 'clock' | 'relayLink'>;

/** Applies the policies of a location's printers when its relay is back from an absence, once for each absence. */
export async function settleBacklogs(ports: BacklogPorts, { companyId, locationId }: Relay): Promise<void> {
  const location = await ports.registry.getLocation(companyId, locationId);
  const absence = location && absenceOf(location, ports.clock.now());
  if (!absence || location.settledAbsence === absence.from) return;
  const printers = await ports.registry.listPrinters(companyId, locationId);
  for (const printer of printers) await settleBacklog(ports, printer, absence);
  await saveWith(
    () => ports.registry.getLocation(companyId, locationId),
    current => ({ ...current, settledAbsence: absence.from }),
    current => ports.registry.saveLocation(current),
  );
}

/** Printers with a policy; a new policy counts after this time at the latest. */
const remembered = makeMemory<string[]>(30_000);

/**
 * Whether a job must not begin yet: its printer is away or just back, and what its policy says of the backlog has not been
 * done. Reads more than a list of printers only where one of them has a policy.
 */
export async function waitsForPolicy(
  { registry, jobs, clock }: Pick<Ports, 'registry' | 'jobs' | 'clock'>,
  { companyId, locationId }: Relay,
  jobId: JobId,
): Promise<boolean> {
  const at = clock.now();
  const withPolicy = await remembered(registry, `${companyId} ${locationId}`, at, async () => {
    const printers = await registry.listPrinters(companyId, locationId);
    return printers.filter(({ backlogPolicy = 'all' }) => backlogPolicy !== 'all').map(({ deviceId }) => deviceId);
  });
  if (withPolicy.length === 0) return false;
  const { printer: name } = (await jobs.get(jobId)) ?? {};
  if (!name || !withPolicy.includes(name.deviceId)) return false;
  const [location, printer] = await Promise.all([
    registry.getLocation(companyId, locationId),
    registry.getPrinter(companyId, name),
  ]);
  if (printer?.awaySince !== undefined && at - printer.awaySince >= shortestAbsenceMilliseconds) return true;
  const absence = location && absenceOf(location, at);
  return absence !== undefined && location?.settledAbsence !== absence.from;
}

/** Holds or drops the jobs that waited for a printer while it was away, and records a digest of that. */
export async function settleBacklog(ports: BacklogPorts, printer: Printer, absence: Absence): Promise<void> {
  const { backlogPolicy: policy = 'all', companyId, locationId, deviceId } = printer;
  if (policy === 'all') return;
  const at = ports.clock.now();
  const key = printerKey(printer);
  const isOurs = (job: Job) => !isFinal(job) && job.printer !== undefined && printerKey(job.printer) === key;
  const jobs: Job[] = [];
  for await (const page of recentJobs(ports, companyId, at - jobsAtMostOld)) jobs.push(...page.filter(isOurs));
  const backlog = backlogIn(jobs, absence);
  const digest: BacklogDigest = { ...absence, printed: 0, held: 0, dropped: 0 };
  for (const [index, decision] of decisionsOn(backlog, policy).entries()) {
    const event = decision === 'print' ? undefined : eventOf(decision, key, policy, absence);
    const isDone = event === undefined || (await change(ports, backlog[index] as Job, event, at));
    if (isDone) digest[decision === 'print' ? 'printed' : decision === 'hold' ? 'held' : 'dropped']++;
  }
  log.info('backlog-settled', { companyId, printer: key, policy, ...digest });
  await saveWith(
    () => ports.registry.getPrinter(companyId, { locationId, deviceId }),
    current => ({ ...current, lastBacklog: digest }),
    current => ports.registry.savePrinter(current),
  );
}

function eventOf(decision: 'hold' | 'drop', key: string, policy: BacklogPolicy, { from, until }: Absence): JobEvent {
  const [since, back] = [from, until].map(time => new Date(time).toISOString());
  const message = `${key} was away from ${since} to ${back}; its backlog policy is "${policy}".`;
  return { type: decision === 'hold' ? 'held' : 'dropped', message };
}

/** Whether the job was changed, or its relay is asked to end it. */
async function change(ports: BacklogPorts, { id }: Job, event: JobEvent, at: number): Promise<boolean> {
  const outcome = await saveWith(
    () => ports.jobs.get(id),
    job => applyEvent(job, event, at),
    job => ports.jobs.save(job),
  );
  const { attempt, cancelRequested, relayId } = outcome?.now ?? {};
  if (outcome?.changed && cancelRequested && relayId && attempt) {
    await ports.relayLink.publish(relayId, { type: 'cancel', jobId: id, attempt });
  }
  return outcome?.changed ?? false;
}
