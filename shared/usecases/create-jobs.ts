import { createHash } from 'node:crypto';
import type { Principal } from '../domain/company.ts';
import { PrintError } from '../domain/errors.ts';
import type { JobId, RelayId } from '../domain/ids.ts';
import {
  type Callback,
  type Contract,
  type DocumentSource,
  isUnprepared,
  type Job,
  nextDueAt,
  type Output,
  owesCallback,
  type Standing,
} from '../domain/job.ts';
import type { JobTemplate } from '../domain/job-template.ts';
import { type Printer, type PrinterName, printerKey } from '../domain/printer.ts';
import type { IdempotencyClaim, Ports } from '../ports.ts';
import { ringDoorbells } from './ring-doorbells.ts';

/** One answer carries all jobs of a request, written all or none. */
export const maximumTargets = 50;
const maximumNameCharacters = 255;

/** What every way of submitting has in common. */
export interface JobRequest {
  contract: Contract;
  /** a job each, in this order */
  targets: PrinterName[];
  name: string;
  template: JobTemplate;
  properties: Record<string, string>;
  /** a client that names a company must name its own */
  ownCompanyId?: string;
  /** with it, the same request again answers the same jobs */
  idempotencyKey?: string;
  /** one more job, before those of the targets, whose document is collected by the client */
  output?: Pick<Output, 'fileName' | 'keepMilliseconds' | 'once' | 'isList' | 'isBase64'>;
  /** of the job with the output: what it costs, and who is told of its end */
  credits?: number;
  callback?: Pick<Callback, 'url' | 'origin'>;
}

/** A printer that takes jobs, and the relay of its location. */
export type AcceptingPrinter = Printer & { relayId: RelayId | undefined };

/**
 * Makes the jobs of one request whose document is in the store already, for the printers that `acceptingPrinters` gave:
 * all or none, in target order, then tells the relays and the queues. If that last step fails the jobs stand all the
 * same, and the sweep sends the messages: a client that was told of a failure would submit them again, and they would
 * print twice.
 */
export async function createJobs(
  ports: Ports,
  principal: Principal,
  request: JobRequest,
  printers: AcceptingPrinter[],
  source: DocumentSource,
  claim: IdempotencyClaim | undefined,
): Promise<Job[]> {
  const jobs = newJobs(ports, principal, request, source, printers);
  const outcome = await ports.jobs.create(jobs, claim);
  if (outcome === 'other-request') throw keyReused();
  if ('replayed' in outcome) return await replay(ports, outcome.replayed);
  const relayIds = new Map(printers.map(({ locationId, relayId }) => [locationId, relayId]));
  const unheard = await ringDoorbells(ports, outcome.created, async ({ locationId }) => relayIds.get(locationId));
  await announce(ports, unheard).catch(() => undefined);
  return outcome.created;
}

/** Refuses a request before any work is done for it. Returns the printers in target order. */
export async function acceptingPrinters(
  ports: Pick<Ports, 'registry'>,
  principal: Principal,
  { targets, ownCompanyId }: Pick<JobRequest, 'targets' | 'ownCompanyId'>,
): Promise<AcceptingPrinter[]> {
  if (ownCompanyId !== undefined && ownCompanyId !== principal.companyId) {
    throw new PrintError('not-found', 'Unknown company.');
  }
  if (targets.length > maximumTargets) {
    throw new PrintError('too-many', `At most ${maximumTargets} targets are allowed in one request.`);
  }
  return await Promise.all(targets.map(target => acceptingPrinter(ports, principal, target)));
}

async function acceptingPrinter(ports: Pick<Ports, 'registry'>, { companyId }: Principal, target: PrinterName) {
  const [location, printer] = await Promise.all([
    ports.registry.getLocation(companyId, target.locationId),
    ports.registry.getPrinter(companyId, target),
  ]);
  if (!location || !printer) throw new PrintError('not-found', `Unknown target ${printerKey(target)}.`);
  if (!location.active) throw new PrintError('printer-not-accepting', `Location ${target.locationId} is inactive.`);
  if (!printer.active) throw new PrintError('printer-not-accepting', `Device ${printerKey(target)} is inactive.`);
  return { ...printer, relayId: location.relayId };
}

/** Refuses a name that would break a printer's display or a file name. */
export function checkJobName(name: string): string {
  if ([...name].length > maximumNameCharacters) {
    throw new PrintError('bad-value', `The title is longer than ${maximumNameCharacters} characters.`);
  }
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) {
    throw new PrintError('bad-value', 'The title contains control characters.');
  }
  return name;
}

/**
 * The claim that a client's idempotency key makes, or undefined without one. `digest` names the document of the
 * request; everything else that it asks for is part of the fingerprint too.
 */
export function claimOf(principal: Principal, request: JobRequest, digest: string): IdempotencyClaim | undefined {
  if (!request.idempotencyKey) return undefined;
  const { contract, targets, name, template, properties } = request;
  const asked = JSON.stringify([contract, targets.map(printerKey), name, template, properties, digest]);
  const fingerprint = createHash('sha256').update(asked).digest('hex');
  return { companyId: principal.companyId, key: request.idempotencyKey, fingerprint };
}

/** The jobs that an earlier, equal request made, if there was one; saves storing its document again. */
export async function findReplay(ports: Pick<Ports, 'jobs'>, claim: IdempotencyClaim | undefined) {
  const known = claim && (await ports.jobs.claimed(claim));
  if (known === 'other-request') throw keyReused();
  return known && (await replay(ports, known.replayed));
}

function keyReused() {
  return new PrintError('idempotency-key-reused', 'This idempotency key was used for another request.');
}

async function replay(ports: Pick<Ports, 'jobs'>, ids: JobId[]): Promise<Job[]> {
  const jobs = await Promise.all(ids.map(id => ports.jobs.get(id)));
  return jobs.filter(job => job !== undefined);
}

function newJobs(
  ports: Pick<Ports, 'clock'>,
  principal: Principal,
  request: JobRequest,
  source: DocumentSource,
  printers: Printer[],
): Job[] {
  const at = ports.clock.now();
  const places = request.output ? [undefined, ...printers] : printers;
  const ids = places.map(() => ports.clock.token() as JobId);
  const shared = source.kind === 'conversion' ? { ...source, sharedBy: ids } : source;
  return places.map((printer, index) => {
    const standing: Standing = source.kind === 'ready' && printer ? 'pending/job-fetchable' : 'pending/job-queued';
    const job: Job = {
      id: ids[index] as JobId,
      companyId: principal.companyId,
      contract: request.contract,
      printer: printer && { locationId: printer.locationId, deviceId: printer.deviceId },
      sequence: 0,
      name: request.name,
      source: shared,
      document: source.kind === 'ready' ? source.document : undefined,
      ...(printer ? {} : { output: request.output, callback: request.callback, credits: request.credits }),
      template: { ...printer?.defaultTemplate, ...request.template },
      properties: request.properties,
      unconfirmedPolicy: printer?.unconfirmedPolicy ?? 'ask',
      standing,
      reasons: [],
      attempt: 1,
      reportSequence: 0,
      submittedAt: at,
      since: at,
      updatedAt: at,
      nudges: 0,
      history: [{ at, standing, reasons: [] }],
      version: 1,
    };
    return { ...job, dueAt: nextDueAt(job) };
  });
}

/** Sends the message that each job waits for, or that its end calls for. One preparation serves all jobs of one source. */
export async function announce(ports: Pick<Ports, 'queue'>, jobs: Job[]): Promise<void> {
  const fetchable = jobs.filter(job => job.standing === 'pending/job-fetchable');
  const queued = jobs.filter(isUnprepared);
  const ended = jobs.filter(owesCallback);
  const offers = fetchable.map(job => ({ companyId: job.companyId, printer: job.printer as PrinterName }));
  if (offers.length > 0) await ports.queue.send('offer', offers);
  if (queued.length > 0) await ports.queue.send('prepare', [{ jobIds: queued.map(job => job.id) }]);
  if (ended.length > 0)
    await ports.queue.send(
      'notify',
      ended.map(job => ({ jobId: job.id, attempt: 1 })),
    );
}
