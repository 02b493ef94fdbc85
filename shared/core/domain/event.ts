import { hash } from 'node:crypto';
import type { CompanyId } from './ids.ts';
import { timeText } from './records.ts';

/*
 * Events: what happened to jobs, uploads, printers, locations and relays, in one log a company. One change of a record makes at
 * most one event, so the record's version orders the events of one subject, and the same change always has the same id.
 */

interface TypeRow {
  /** the scope that a key needs to read it; any key by default */
  scope?: 'admin';
  /** left out unless a filter names it */
  isOptIn?: boolean;
}

/** All types of events. Receivers must ignore types that they do not know, so rows may be added. */
export const eventTypes = {
  'job.created': {},
  'job.held': {},
  'job.queued': {},
  'job.rendering': {},
  'job.at_relay': {},
  'job.printing': { isOptIn: true },
  'job.attention': {},
  'job.unconfirmed': {},
  'job.completed': {},
  'job.ready': {},
  'job.collected': {},
  'job.canceled': {},
  'job.failed': {},
  'job.expired': {},
  'job.cancel_requested': {},
  'job.reprinted': {},
  'printer.created': {},
  'printer.updated': {},
  'printer.activated': {},
  'printer.deactivated': {},
  'printer.state_changed': {},
  'location.online': {},
  'location.offline': {},
  'location.taken_over': {},
  'relay.enrolled': { scope: 'admin' },
  'relay.revoked': { scope: 'admin' },
  'webhook.disabled': { scope: 'admin' },
  'webhook.test': { scope: 'admin' },
  'upload.completed': { isOptIn: true },
} satisfies Record<string, TypeRow>;

export type EventType = keyof typeof eventTypes;

/** An event before it has its number. */
export interface NewEvent {
  companyId: CompanyId;
  type: EventType;
  /** of the change; milliseconds since 1970 */
  at: number;
  subject: string;
  /** the version of the record: rises with each event of the subject */
  subjectVersion: number;
  /** `location` or `location:device`, for filters */
  place?: string;
  data: object;
}

export interface LoggedEvent extends Pick<NewEvent, 'type' | 'at' | 'subject' | 'place'> {
  id: string;
  /** from 1, without gaps in a company */
  sequence: number;
  /** JSON; the octets that are signed and sent */
  body: string;
}

/** A printer or relay that is deleted and made again begins with version 1 again, hence the time. */
export function eventIdOf({ companyId, type, subject, subjectVersion, at }: Omit<NewEvent, 'data'>): string {
  const change = JSON.stringify([companyId, type, subject, subjectVersion, at]);
  return `evt_${hash('sha256', change).slice(0, 32)}`;
}

export function numbered(event: NewEvent, sequence: number): LoggedEvent {
  const { type, at, subject, subjectVersion, place, data } = event;
  const body = JSON.stringify({ type, timestamp: timeText(at), sequence, subject, subjectVersion, data });
  return { id: eventIdOf(event), sequence, type, at, subject, place, body };
}

/** Which events a reader wants. */
export interface EventFilter {
  /** types, or groups such as `job.*`; without them all types but those that are opt-in */
  types?: string[];
  subject?: string;
  /** location ids */
  locations?: string[];
  /** `location:device` */
  printers?: string[];
}

const isGroup = (pattern: string) => pattern.endsWith('.*');

/** Whether a filter may name this type, or group of types. */
export const isEventPattern = (pattern: string) =>
  Object.hasOwn(eventTypes, pattern) ||
  (isGroup(pattern) && Object.keys(eventTypes).some(type => matchesPattern(type, pattern)));

const matchesPattern = (type: string, pattern: string) =>
  isGroup(pattern) ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

export function isWanted(event: Pick<LoggedEvent, 'type' | 'subject' | 'place'>, filter: EventFilter): boolean {
  const { isOptIn = false }: TypeRow = eventTypes[event.type];
  const isOfType = filter.types ? filter.types.some(pattern => matchesPattern(event.type, pattern)) : !isOptIn;
  const isOfSubject = filter.subject === undefined || filter.subject === event.subject;
  return isOfType && isOfSubject && isAtPlace(event.place, filter);
}

/** What has no place, such as a job that makes a file, passes no filter by place. */
function isAtPlace(place: string | undefined, { locations, printers }: EventFilter): boolean {
  if (!locations && !printers) return true;
  if (place === undefined) return false;
  const location = place.split(':')[0] as string;
  return locations?.includes(location) === true || printers?.includes(place) === true;
}

/** Whether a key with or without the scope `admin` may read events of a type. */
export function mayRead(type: EventType, isAdmin: boolean): boolean {
  const { scope }: TypeRow = eventTypes[type];
  return isAdmin || scope === undefined;
}
