import type { Presence, RelayEvent } from './relay-message-schema.ts';

/** A relay that was away for so long is recorded as away. */
const absenceMilliseconds = 60_000;

type PresenceEvent = Extract<RelayEvent, Presence>;

/**
 * Events that a later one of the same relay, soon after it, makes superfluous. After a fault of the network relays come
 * and go by the thousand, several times each, and only the last state counts.
 */
export function superfluousPresence(events: RelayEvent[]): Set<RelayEvent> {
  const byRelay = Map.groupBy(events.filter(isPresence), ({ relayId }) => relayId);
  const isSoonFollowed = (event: PresenceEvent, theirs: PresenceEvent[]) =>
    theirs.some(other => orderOf(other) > orderOf(event) && other.at - event.at < absenceMilliseconds);
  return new Set([...byRelay.values()].flatMap(theirs => theirs.filter(event => isSoonFollowed(event, theirs))));
}

const isPresence = (event: RelayEvent): event is PresenceEvent =>
  event.type === 'connected' || event.type === 'disconnected';

/** A connection begins before it ends. */
const orderOf = ({ version, type }: PresenceEvent) => version + (type === 'disconnected' ? 0.5 : 0);
