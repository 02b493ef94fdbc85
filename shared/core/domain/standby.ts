import type { RelayId } from './ids.ts';
import type { Connection, Location, Standby } from './printer.ts';

/*
 * Two relays at one location. One is active: it gets the tickets of jobs, and permission to print. The other is the standby: it
 * takes over when the active one has been offline for a while. The two change places by one conditional write of the
 * location; its version is the epoch of the lease. The former active relay stays as the standby, and does not go back by
 * itself.
 *
 * That only one relay prints a job does not depend on this: a job's grant belongs to one relay (`grant.ts`).
 */

export type Role = 'active' | 'standby';

export const defaultTakeOverSeconds = 60;
/** Below this, a relay that restarts would lose its place. */
export const leastTakeOverSeconds = 5;
export const mostTakeOverSeconds = 24 * 60 * 60;

/** Undefined for a relay that lost its place. */
export function roleOf({ relayId, standby }: Location, relay: RelayId): Role | undefined {
  if (relayId === relay) return 'active';
  return standby?.relayId === relay ? 'standby' : undefined;
}

/** The connection of one of the location's relays; undefined for a relay that lost its place. */
export function connectionOf(location: Location, relay: RelayId): Connection | undefined {
  const role = roleOf(location, relay);
  return role === 'active' ? location : role && location.standby;
}

const takeOverMilliseconds = ({ takeOverSeconds = defaultTakeOverSeconds }: Location) => takeOverSeconds * 1000;

/** Warm functions remember for this time that a relay had no other one at its location (`usecases/jobs/relay-events.ts`). */
export const rememberedMilliseconds = 30_000;

/** When the standby may take over, in milliseconds since 1970; undefined while the active relay is online. */
function takeOverAt(location: Location): number | undefined {
  const { online, lastSeenAt = 0, activeSince = 0, standby } = location;
  if (online || !standby) return undefined;
  const offlineSince = Math.max(lastSeenAt, activeSince);
  return Math.max(offlineSince + takeOverMilliseconds(location), standby.since + rememberedMilliseconds);
}

const shortestAskMilliseconds = 1000;

/** After how many milliseconds the standby is to ask again whether it is needed. */
export function nextAskMilliseconds(location: Location, at: number): number {
  const longest = takeOverMilliseconds(location) / 2;
  const due = takeOverAt(location) ?? Number.POSITIVE_INFINITY;
  return Math.min(Math.max(due - at, shortestAskMilliseconds), longest);
}

/** The location after its standby took over; undefined unless it may. */
export function takenOver(location: Location, relay: RelayId, at: number): Location | undefined {
  const due = takeOverAt(location);
  if (location.standby?.relayId !== relay || !location.standby.online || due === undefined || due > at)
    return undefined;
  const { relayId, online, lastSeenAt, presenceVersion } = location;
  const former = relayId && { relayId, online, lastSeenAt, presenceVersion, since: at };
  return { ...promoted(location, location.standby, at), standby: former };
}

/** The location without one of its relays: without the active one, the standby becomes active. */
export function withoutRelay(location: Location, relay: RelayId, at: number): Location | undefined {
  const role = roleOf(location, relay);
  if (role === undefined) return undefined;
  if (role === 'standby') return { ...location, standby: undefined };
  if (location.standby) return promoted(location, location.standby, at);
  return { ...location, relayId: undefined, online: false };
}

/** For the policies of printers it is as if the former relay had come back. */
function promoted(location: Location, { relayId, online, lastSeenAt, presenceVersion }: Standby, at: number): Location {
  const connected = reconnected(location, { online, lastSeenAt, presenceVersion }, at);
  return { ...connected, relayId, activeSince: at, standby: undefined };
}

/** The location with another connection of its active relay. An absence that ends is kept for the policies of printers. */
export function reconnected(location: Location, connection: Connection, at: number): Location {
  const wasAway = connection.online && !location.online && location.lastSeenAt !== undefined;
  const absence = wasAway ? { from: location.lastSeenAt as number, until: at } : location.absence;
  return { ...location, ...connection, ...(absence ? { absence } : {}) };
}

export interface Enrolment {
  relayId: RelayId;
  standby?: boolean;
  takeOverSeconds?: number;
}

/**
 * The location after a relay enrolled, and the relay whose place it took. Without an active relay, one that was invited as
 * the standby becomes active.
 */
export function enrolled(
  location: Location,
  { relayId, standby, takeOverSeconds = location.takeOverSeconds }: Enrolment,
  at: number,
): { location: Location; former: RelayId | undefined } {
  const offline = { relayId, online: false, presenceVersion: 0 };
  if (standby && location.relayId) {
    const beside = { ...location, takeOverSeconds, standby: { ...offline, since: at } };
    return { location: beside, former: location.standby?.relayId };
  }
  return { location: { ...location, ...offline, takeOverSeconds, activeSince: at }, former: location.relayId };
}
