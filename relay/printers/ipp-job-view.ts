import { integerOf, reasonsOf, textOf, valuesOf } from '../../shared/ipp/attributes.ts';
import type { IppAttribute } from '../../shared/ipp/message.ts';
import { isSuccess, statusCodes } from '../../shared/ipp/tags.ts';
import type { IppClient } from '../ipp-client/client.ts';
import { IppRefusal } from '../ipp-client/errors.ts';

/** The printer's own story of a job [RFC 8011 5.3]. */
export interface JobView {
  id: number;
  uuid: string | undefined;
  name: string | undefined;
  state: JobState;
  reasons: string[];
  message: string | undefined;
  /** whether it came as far as the marking engine; undefined where the printer does not report it */
  wasProcessed: boolean | undefined;
}

const jobStates = {
  3: 'pending',
  4: 'pending-held',
  5: 'processing',
  6: 'processing-stopped',
  7: 'canceled',
  8: 'aborted',
  9: 'completed',
} as const;

type JobState = (typeof jobStates)[keyof typeof jobStates];

const jobAttributes = [
  'job-id',
  'job-uuid',
  'job-name',
  'job-state',
  'job-state-reasons',
  'job-state-message',
  'job-impressions-completed',
  'time-at-processing',
];

/** Undefined where the answer has no job-id or no state that we know. */
export function readJob(attributes: IppAttribute[]): JobView | undefined {
  const id = integerOf(attributes, 'job-id');
  const state = jobStates[integerOf(attributes, 'job-state') as keyof typeof jobStates];
  if (id === undefined || state === undefined) return undefined;
  return {
    id,
    uuid: textOf(attributes, 'job-uuid'),
    name: textOf(attributes, 'job-name'),
    state,
    reasons: reasonsOf(attributes, 'job-state-reasons'),
    message: textOf(attributes, 'job-state-message') || undefined,
    wasProcessed: wasProcessed(attributes),
  };
}

/** time-at-processing has `no-value` until the job is processed [RFC 8011 5.3.14.2] */
function wasProcessed(attributes: IppAttribute[]): boolean | undefined {
  if ((integerOf(attributes, 'job-impressions-completed') ?? 0) > 0) return true;
  const [time] = valuesOf(attributes, 'time-at-processing');
  if (time === undefined) return undefined;
  return time.syntax !== 'no-value';
}

export const isFinal = ({ state }: JobView) => state === 'completed' || state === 'canceled' || state === 'aborted';

/** Still waiting for its document [RFC 8011 5.3.8]: nothing of it can be on paper. */
export function isIncoming({ state, reasons }: JobView): boolean {
  const isWaiting = state === 'pending' || state === 'pending-held';
  return isWaiting && (reasons.includes('job-incoming') || reasons.includes('job-data-insufficient'));
}

/**
 * Whose job it is. Ids are given out anew after a reboot, so an id alone proves nothing; a UUID does, and so does
 * our token in the name. Printers that keep neither leave it open.
 */
export function ownership(job: JobView, token: string, uuid: string | undefined): 'ours' | 'unproven' | 'other' {
  if (uuid && job.uuid) return uuid === job.uuid ? 'ours' : 'other';
  return hasToken(job.name, token) ? 'ours' : 'unproven';
}

function hasToken(name = '', token: string): boolean {
  const start = name.indexOf(token);
  const next = name.charAt(start + token.length);
  return start >= 0 && !/\d/.test(next); // attempt 1 is not attempt 12
}

const notFound: number[] = [statusCodes['client-error-not-found'], statusCodes['client-error-gone']];

/** Undefined when the printer says that there is none, an error when it refuses to say. Throws when it is silent. */
export async function askForJob(client: IppClient, jobId: number): Promise<JobView | IppRefusal | undefined> {
  const { status, message, jobs } = await client.getJobAttributes(jobId, jobAttributes);
  if (notFound.includes(status)) return undefined;
  const [attributes = []] = jobs;
  const job = isSuccess(status) ? readJob(attributes) : undefined;
  return job ?? new IppRefusal(`the printer does not say what state the job is in: ${message}`);
}

/** Every job with our token that the printer still knows, open ones first. Throws when it cannot be asked. */
export async function findJobs(client: IppClient, token: string): Promise<JobView[]> {
  return (await listJobs(client)).filter(job => hasToken(job.name, token));
}

/** Every job that the printer still knows, open ones first. Throws when it cannot be asked. */
export async function listJobs(client: IppClient): Promise<JobView[]> {
  const found: JobView[] = [];
  for (const whichJobs of ['not-completed', 'completed'] as const) {
    const { status, message, jobs } = await client.getJobs(whichJobs, jobAttributes);
    if (!isSuccess(status)) throw new IppRefusal(`the printer does not list its ${whichJobs} jobs: ${message}`);
    found.push(...jobs.flatMap(job => readJob(job) ?? []));
  }
  return found;
}
