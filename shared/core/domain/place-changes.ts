import { isDeepStrictEqual } from 'node:util';
import type { Relay } from './company.ts';
import type { EventType, NewEvent } from './event.ts';
import { type Location, type Printer, printerKey } from './printer.ts';
import { locationRecord, printerRecord, timeText } from './records.ts';

/*
 * Events of printers, locations and relays. Device states and presence change often, and not every change is news: the
 * store remembers for each place which state its last event showed, and until when a newer one is held back.
 */

/** Of a printer's states; the last state is always announced. */
const stateIntervalMilliseconds = 10_000;
/** A relay that reconnects within this time was never announced as offline. */
const offlineAfterMilliseconds = 60_000;

/** What the last event of a place showed. */
export interface Announced {
  value: string;
  /** milliseconds since 1970 */
  at: number;
  /** when a newer value must be announced, unless it is withdrawn before */
  dueAt?: number;
  /** The change that was compared last, where a change may be compared again: in AWS. */
  last?: LastChange;
}

export interface LastChange {
  /** of the record */
  version: number;
  /** when the record was made, if its creation was compared; one that is made again begins with version 1 again */
  madeAt?: number;
}

/** The last change after this one is compared; undefined when it was compared before. */
export function nextChange(
  last: LastChange | undefined,
  isNew: boolean,
  version: number,
  at: number,
): LastChange | undefined {
  if (isNew) return last?.madeAt === at ? undefined : { version, madeAt: at };
  return last && version <= last.version ? undefined : { ...last, version };
}

export interface Announcement {
  event?: NewEvent;
  announced: Announced;
}

/** Compares a printer with what was announced of it. Called for each change, and when `dueAt` has come. */
export function announcePrinter(
  before: Printer | undefined,
  after: Printer,
  announced: Announced | undefined,
  at: number,
): Announcement {
  const value = JSON.stringify([after.device?.state, after.device?.stateReasons]);
  const type = before ? registryChange(before, after) : 'printer.created';
  if (type) return { event: printerEvent(type, before, after, at), announced: { value, at: announced?.at ?? 0 } };
  const shown = announced ?? { value: JSON.stringify([before?.device?.state, before?.device?.stateReasons]), at: 0 };
  if (shown.value === value) return { announced: { ...shown, dueAt: undefined } };
  const dueAt = shown.at + stateIntervalMilliseconds;
  if (at < dueAt) return { announced: { ...shown, dueAt } };
  const [state, stateReasons] = JSON.parse(shown.value);
  const event = printerEvent('printer.state_changed', before, after, at);
  return { event: { ...event, data: { ...event.data, previous: { state, stateReasons } } }, announced: { value, at } };
}

/** What people or the relay's description changed; undefined when at most the device's state did. */
function registryChange(before: Printer, after: Printer): EventType | undefined {
  if (before.active !== after.active) return after.active ? 'printer.activated' : 'printer.deactivated';
  return isDeepStrictEqual(described(before), described(after)) ? undefined : 'printer.updated';
}

const described = ({ name, notes, unconfirmedPolicy, device }: Printer) => [
  ...[name, notes, unconfirmedPolicy],
  device?.attributes,
];

function printerEvent(type: EventType, before: Printer | undefined, printer: Printer, at: number): NewEvent {
  const subject = printerKey(printer);
  const previous = before && { state: before.device?.state, stateReasons: before.device?.stateReasons };
  const { companyId, version } = printer;
  return {
    companyId,
    type,
    at,
    subject,
    subjectVersion: version,
    place: subject,
    data: { printer: printerRecord(printer), previous },
  };
}

/** Compares a location with what was announced of it. Called for each change, and when `dueAt` has come. */
export function announceLocation(
  before: Location | undefined,
  location: Location,
  announced: Announced | undefined,
  at: number,
): Announcement {
  const shown = announced ?? { value: 'offline', at: 0 };
  const value = location.online ? 'online' : 'offline';
  if (isTakeOver(before, location)) {
    // its presence is announced when it is due, so that one change makes one event
    const event = locationEvent('location.taken_over', location, at, { previous: { relay: before?.relayId } });
    return { event, announced: { ...shown, dueAt: value === shown.value ? undefined : at } };
  }
  if (value === shown.value) return { announced: { ...shown, dueAt: undefined } };
  const dueAt = shown.dueAt ?? at + offlineAfterMilliseconds;
  if (value === 'offline' && at < dueAt) return { announced: { ...shown, dueAt } };
  return { event: locationEvent(`location.${value}`, location, at), announced: { value, at } };
}

const isTakeOver = (before: Location | undefined, { relayId }: Location) =>
  before?.standby !== undefined && before.relayId !== relayId && before.standby.relayId === relayId;

function locationEvent(type: EventType, location: Location, at: number, more: object = {}): NewEvent {
  const { companyId, locationId: subject, version: subjectVersion } = location;
  const data = { location: locationRecord(location), ...more };
  return { companyId, type, at, subject, subjectVersion, place: subject, data };
}

export function relayEvents(before: Relay | undefined, after: Relay, at: number): NewEvent[] {
  const isNew = !before && !after.revoked;
  const isRevoked = after.revoked && before?.revoked === false;
  if (!isNew && !isRevoked) return [];
  const { companyId, relayId: subject, locationId: place, createdAt, revoked } = after;
  const data = { relay: { relay: subject, location: place, createdAt: timeText(createdAt), revoked } };
  const type = isNew ? 'relay.enrolled' : 'relay.revoked';
  return [{ companyId, type, at, subject, subjectVersion: isNew ? 1 : 2, place, data }];
}
