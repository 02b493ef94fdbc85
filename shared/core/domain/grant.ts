import type { RelayId } from './ids.ts';

/*
 * Permission to print. A relay asks before the first step of a job, and the cloud records who last received permission.
 *
 * Each start of a relay has a new instance id, and each ask about an attempt has a number, which the relay writes to its
 * journal before it asks. A relay whose folder was restored from a copy, or cloned, asks with a number that was used
 * before: its journal lacks later events, so it receives no permission. A restarted relay continues the numbers and
 * takes over the jobs of its earlier instance after a lease: an instance begins to print within a second of its grant,
 * or asks again. A copy from between the ask and the first step looks like a restarted relay: it looks for the job at
 * the printer (`relay/device-queue.ts`), and takes over nothing that its earlier instance may have begun once any copy
 * has shown that it lacks the job. Of a printer that cannot be asked, a relay whose folder may be a copy takes over
 * nothing that may have begun at all.
 */

/** Longer than the time from a grant to the first step (`relay/device-queue.ts`). */
export const leaseMilliseconds = 5000;

/** The identity that a relay sends with an ask. Relays of release 0.1.0 send none. */
export interface Ask {
  instance: string;
  /** increments with each ask about the attempt, also across restarts */
  ask: number;
  /** other jobs are first: the relay will ask again before it prints */
  waits: boolean;
  /** of the last report in the relay's journal */
  reportSequence: number;
  /** the journal may be a copy from before the job's first step, and its printer cannot be asked about the job */
  mayBeCopy?: boolean;
}

/** The last granted ask. */
export interface Grant {
  instance: string;
  ask: number;
  /** milliseconds since 1970 */
  at: number;
  /** whether the relay may have begun to print */
  isBegun: boolean;
  /** the relay has lost its record of the job, so a later instance may lack what happened */
  isLost?: boolean;
}

/** A job's record of its relay; see `Job`. */
interface HeldByRelay {
  grant?: Grant;
  reportSequence: number;
  relayId?: RelayId;
}

/** Whether a job held by a relay may be granted again: to the same instance, or to its successor. */
export function isRenewal({ grant, ...job }: HeldByRelay, relayId: RelayId, ask: Ask | undefined, at: number): boolean {
  if (!ask || relayId !== job.relayId) return false;
  if (!grant) return true;
  if (ask.ask <= grant.ask) return false;
  if (ask.instance === grant.instance) return true;
  if ((grant.isLost || ask.mayBeCopy) && grant.isBegun) return false;
  return ask.reportSequence >= job.reportSequence && at - grant.at >= leaseMilliseconds;
}

export type GrantAnswer =
  | 'granted'
  /** the answer depends on events within the lease, or the ask is outdated: the relay asks again */
  | 'none'
  /** another instance holds the job, and the asking one cannot be its successor */
  | 'contested';

/** The answer to a relay that holds the job, or believes so, after its ask was applied. */
export function answerTo({ grant, ...job }: HeldByRelay, ask: Ask | undefined, at: number): GrantAnswer {
  if (!ask || !grant) return 'granted';
  if (ask.instance === grant.instance) return ask.ask === grant.ask ? 'granted' : 'none';
  const isOther = ask.mayBeCopy === true && grant.isBegun;
  const mayFollow = !isOther && ask.ask > grant.ask && ask.reportSequence >= job.reportSequence;
  return mayFollow && at - grant.at < leaseMilliseconds ? 'none' : 'contested';
}

/** Jobs of relays that do not report whether they wait may have begun at any time. */
export const mayHaveBegun = ({ grant }: Pick<HeldByRelay, 'grant'>) => grant?.isBegun ?? true;
