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
  /** the API has no group for these: they are chosen among those that need attention */
  isDecision: boolean;
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
  const isDecision = state === 'decision';
  const api = {
    state: isDecision ? 'attention' : state,
    printer: get('printer'),
    location: get('location'),
    user: get('user'),
    tag: get('tag'),
    dialect: get('dialect'),
    text: get('text'),
    since: Number.isFinite(from) ? new Date(from).toISOString() : undefined,
  };
  return { api, isDecision, isEmpty: Object.values(api).every(value => value === undefined) };
}

export const isDecision = (job: Pick<ClientJob, 'reasons'>) => job.reasons[0] === 'delivery-unconfirmed';
/** Why it is so. Of an unconfirmed job the message is a system's, which is shown elsewhere. */
export const causeOf = (job: Pick<ClientJob, 'reasons' | 'message'>) =>
  isDecision(job) ? 'Nothing confirms whether this came out, in whole or in part.' : job.message;

export const isEnded = (job: Pick<ClientJob, 'state'>) => ['completed', 'canceled', 'aborted'].includes(job.state);
export const mayCancel = (job: ClientJob) => !isEnded(job) && !job.cancelRequested;
