import type { RelayId } from './ids.ts';

/*
 * Permission to print. A relay asks before the first step of a job, and the cloud keeps who was last given permission.
 *
 * Each start of a relay has an instance id of its own, and each ask about an attempt a number, which the relay writes
 * to its journal before it asks. A relay whose folder went back in time, or was cloned, asks again with a number that
 * was used before: its journal does not know what has happened since, so it gets no permission. A relay that was only
 * restarted continues the count and takes over what its former instance held, after a lease: an instance begins to
 * print within a second of its grant or asks again.
 */

/** Longer than a relay may take from a grant to the first step (`relay/device-queue.ts`). */
export const leaseMilliseconds = 5000;

/** What a relay says of itself when it asks. Relays of release 0.1.0 say nothing. */
export interface Ask {
  instance: string;
  /** rises with each ask about the attempt, over restarts too */
  ask: number;
  /** other jobs are before it: the relay will ask again before it prints */
  waits: boolean;
  /** of the last report in the relay's journal */
  reportSequence: number;
}

/** The last ask that was granted. */
export interface Grant {
  instance: string;
  ask: number;
  /** milliseconds since 1970 */
  at: number;
  /** whether the relay may have begun to print */
  isBegun: boolean;
}

/** What a job knows of its relay; see `Job`. */
interface HeldByRelay {
  grant?: Grant;
  reportSequence: number;
  relayId?: RelayId;
}

/** Whether a job that a relay holds may be granted again: to the same instance, or to its successor. */
export function isRenewal({ grant, ...job }: HeldByRelay, relayId: RelayId, ask: Ask | undefined, at: number): boolean {
  if (!ask || relayId !== job.relayId) return false;
  if (!grant) return true;
  if (ask.ask <= grant.ask) return false;
  if (ask.instance === grant.instance) return true;
  return ask.reportSequence >= job.reportSequence && at - grant.at >= leaseMilliseconds;
}

export type GrantAnswer =
  | 'granted'
  /** the answer depends on what happens within the lease, or the ask is an old one: the relay asks again */
  | 'none'
  /** another instance holds the job, and the asking one cannot be its successor */
  | 'contested';

/** What a relay that holds the job, or believes so, is answered once its ask was applied. */
export function answerTo({ grant, ...job }: HeldByRelay, ask: Ask | undefined, at: number): GrantAnswer {
  if (!ask || !grant) return 'granted';
  if (ask.instance === grant.instance) return ask.ask === grant.ask ? 'granted' : 'none';
  const mayFollow = ask.ask > grant.ask && ask.reportSequence >= job.reportSequence;
  return mayFollow && at - grant.at < leaseMilliseconds ? 'none' : 'contested';
}

/** Jobs of relays that do not say whether they wait may have begun at any time. */
export const mayHaveBegun = ({ grant }: Pick<HeldByRelay, 'grant'>) => grant?.isBegun ?? true;
