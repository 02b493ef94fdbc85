import type { ClientJob, JobFilter } from '../../../client/index.ts';

/** Filters of the list as they are in the address, and as the API takes them. */

export const stateChoices = [
  ['', 'All'],
  ['active', 'Not finished'],
  ['attention', 'Needs attention'],
  ['decision', 'Needs a decision'],
  ['completed', 'Printed'],
  ['aborted', 'Failed or expired'],
  ['canceled', 'Cancelled'],
] as const;

export const timeChoices = [
  ['', 'Any time'],
  ['1', 'Last hour'],
  ['24', 'Last 24 hours'],
  ['168', 'Last 7 days'],
] as const;

export interface ListFilter {
  api: JobFilter;
  /** the API has one group for jobs that need a person; a decision, or only attention, is chosen here */
  person?: 'decision' | 'attention';
  isEmpty: boolean;
}

const hourMilliseconds = 3_600_000;
/** Filters of one minute are the same list. */
const roundMilliseconds = 60_000;

export function filterOf(query: URLSearchParams, now = Date.now()): ListFilter {
  const get = (name: string) => query.get(name) || undefined;
  const state = get('state');
  const hours = Number(get('hours') ?? Number.NaN);
  const from = Math.floor(now / roundMilliseconds) * roundMilliseconds - hours * hourMilliseconds;
  const person = state === 'decision' || state === 'attention' ? state : undefined;
  const api = {
    state: person ? 'attention' : state,
    printer: get('printer'),
    location: get('location'),
    user: get('user'),
    tag: get('tag'),
    dialect: get('dialect'),
    text: get('text'),
    since: Number.isFinite(from) ? new Date(from).toISOString() : undefined,
  };
  return { api, person, isEmpty: Object.values(api).every(value => value === undefined) };
}

export const isDecision = (job: Pick<ClientJob, 'reasons'>) => job.reasons[0] === 'delivery-unconfirmed';
type Described = Pick<ClientJob, 'reasons' | 'message' | 'detail' | 'next' | 'supersededBy'>;

/** Why it is so. Of an unconfirmed job the message may be the relay's own, which is shown elsewhere. */
export function causeOf(job: Described): string | undefined {
  if (job.supersededBy) return 'A newer job replaced it.';
  const isForEngineers = isDecision(job) && job.detail === undefined;
  return isForEngineers ? 'Nothing confirms whether this came out, in whole or in part.' : job.message;
}

/** What happens next, with what a person does here in the place of the API's words. */
export const nextOf = (job: Described) =>
  isDecision(job) ? job.next?.replace(/resolve the job as printed or reprint/, 'say whether it printed') : job.next;

export const isEnded = (job: Pick<ClientJob, 'state'>) => ['completed', 'canceled', 'aborted'].includes(job.state);
export const mayCancel = (job: ClientJob) => !isEnded(job) && !job.cancelRequested;
