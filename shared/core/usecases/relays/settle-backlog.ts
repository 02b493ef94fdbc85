import { log } from '../../../telemetry/log.ts';
import {
  absenceOf,
  backlogIn,
  decisionsOn,
  lateDecisionOn,
  shortestAbsenceMilliseconds,
} from '../../domain/backlog.ts';
import type { Relay } from '../../domain/company.ts';
import type { JobId } from '../../domain/ids.ts';
import type { Job, JobEvent } from '../../domain/job.ts';
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
 * done. Does it for a job of the last backlog that was not found then. Reads more than a list of printers only where one of
 * them has a policy.
 */
export async function waitsForPolicy(
  ports: BacklogPorts,
  { companyId, locationId }: Relay,
  jobId: JobId,
): Promise<boolean> {
  const { registry, jobs, clock } = ports;
  const at = clock.now();
  const withPolicy = await remembered(registry, `${companyId} ${locationId}`, at, async () => {
    const printers = await registry.listPrinters(companyId, locationId);
    return printers.filter(({ backlogPolicy = 'all' }) => backlogPolicy !== 'all').map(({ deviceId }) => deviceId);
  });
  if (withPolicy.length === 0) return false;
  const job = await jobs.get(jobId);
  const name = job?.printer;
  if (!name || !withPolicy.includes(name.deviceId)) return false;
  const [location, printer] = await Promise.all([
    registry.getLocation(companyId, locationId),
    registry.getPrinter(companyId, name),
  ]);
  if (printer?.awaySince !== undefined && at - printer.awaySince >= shortestAbsenceMilliseconds) return true;
  const absence = location && absenceOf(location, at);
  if (absence !== undefined && location?.settledAbsence !== absence.from) return true;
  const { settledBacklog: settled, lastBacklog } = printer ?? {};
  const decision = settled && lateDecisionOn(job, settled);
  if (decision && lastBacklog) {
    await change(ports, job, eventOf(decision, printerKey(name), settled.policy, lastBacklog), at);
  }
  return false;
}

/** The bounds of one call: a company may have millions of recent jobs, and its relay waits for tickets. */
const [waitingAtMost, pagesAtMost] = [1000, 5];

/** The first 1000 jobs that wait for a printer, and those among the company's newest 500, also if its relay has them. */
async function openJobsOf(ports: BacklogPorts, printer: Printer, at: number): Promise<Job[]> {
  const { companyId } = printer;
  const key = printerKey(printer);
  const found = new Map<JobId, Job>();
  const add = (job: Job) => found.set(job.id, job);
  for (const job of await ports.jobs.waiting(companyId, printer, waitingAtMost)) add(job);
  let pages = 0;
  for await (const page of recentJobs(ports, companyId, at - jobsAtMostOld)) {
    page.filter(job => job.printer && printerKey(job.printer) === key).forEach(add);
    if (++pages === pagesAtMost) break;
  }
  return [...found.values()];
}

/**
 * Holds or drops the jobs that waited for a printer while it was away, and records a digest of that. Of those that are not
 * found, the rest is done when the relay asks for permission.
 */
export async function settleBacklog(ports: BacklogPorts, printer: Printer, absence: Absence): Promise<void> {
  const { backlogPolicy: policy = 'all', companyId, locationId, deviceId } = printer;
  if (policy === 'all') return;
  const at = ports.clock.now();
  const key = printerKey(printer);
  const backlog = backlogIn(await openJobsOf(ports, printer, at), absence);
  const settledBacklog = { policy, until: absence.until, newest: backlog.at(-1)?.sequence ?? 0 };
  const digest: BacklogDigest = { ...absence, printed: 0, held: 0, dropped: 0 };
  for (const [index, decision] of decisionsOn(backlog, policy).entries()) {
    const event = decision === 'print' ? undefined : eventOf(decision, key, policy, absence);
    const isDone = event === undefined || (await change(ports, backlog[index] as Job, event, at));
    if (isDone) digest[decision === 'print' ? 'printed' : decision === 'hold' ? 'held' : 'dropped']++;
  }
  log.info('backlog-settled', { companyId, printer: key, policy, ...digest });
  await saveWith(
    () => ports.registry.getPrinter(companyId, { locationId, deviceId }),
    current => ({ ...current, lastBacklog: digest, settledBacklog }),
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
