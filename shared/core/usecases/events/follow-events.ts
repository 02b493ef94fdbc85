import type { Principal } from '../../domain/company.ts';
import type { EventFilter } from '../../domain/event.ts';
import type { Ports } from '../../ports/index.ts';
import { authenticate } from '../accounts/authenticate.ts';
import { type EventPage, readEvents } from './read-events.ts';
import { useTicket } from './stream-ticket.ts';

export type StreamPorts = Pick<Ports, 'events' | 'registry' | 'clock' | 'keyring'>;

/** A request for a stream: with a key or a ticket, from an event on or from now on. */
export interface StreamRequest extends EventFilter {
  key?: string;
  ticket?: string;
  after?: number;
  /** the type is also the name of the message */
  isNamed: boolean;
}

export interface Follower {
  principal: Principal;
  filter: EventFilter;
}

/** Recognises a follower. Throws `unauthorized` once the key was revoked, and `forbidden` for an inactive company. */
export async function recogniseFollower(ports: StreamPorts, request: StreamRequest): Promise<Follower> {
  if (request.ticket !== undefined) return await useTicket(ports, request.ticket);
  const { types, subject } = request;
  return { principal: await authenticate(ports, request.key), filter: { types, subject } };
}

const pageEvents = 100;

/** The next events of a stream after a number. */
export function nextOfStream(
  ports: StreamPorts,
  { principal, filter }: Follower,
  after: number,
  waitMilliseconds = 0,
): Promise<EventPage> {
  return readEvents(ports, principal, { ...filter, after, limit: pageEvents, waitMilliseconds });
}

/** A part of a stream: events, and the number to go on from. */
export interface StreamPart extends Pick<Extract<EventPage, { events: unknown }>, 'events' | 'next'> {
  /** events before these are missing */
  gone?: { oldest: number };
}

/** Below the limit of the gateway for an answer. */
const waitMilliseconds = 20_000;

/**
 * One part of a stream, for where an answer cannot be sent piece by piece: it ends as soon as there is an event, or after 20
 * seconds without one. A follower asks again at once.
 */
export async function followEvents(ports: StreamPorts, request: StreamRequest): Promise<StreamPart> {
  const follower = await recogniseFollower(ports, request);
  const after = request.after ?? (await ports.events.range(follower.principal.companyId)).newest;
  const page = await nextOfStream(ports, follower, after, waitMilliseconds);
  if (!('gone' in page)) return page;
  const rest = await nextOfStream(ports, follower, Math.max(page.gone.oldest - 1, 0));
  return 'gone' in rest ? { events: [], next: after, gone: page.gone } : { ...rest, gone: page.gone };
}
