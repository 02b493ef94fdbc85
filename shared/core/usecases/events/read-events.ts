import { allows, type Principal } from '../../domain/company.ts';
import { type EventFilter, isWanted, type LoggedEvent, mayRead } from '../../domain/event.ts';
import type { Ports } from '../../ports/index.ts';

export type EventPorts = Pick<Ports, 'events' | 'clock'>;

export interface EventQuery extends EventFilter {
  /** the number of the last event that the reader has; without it the newest events are returned */
  after?: number;
  limit: number;
  /** how long to wait for an event when there is none; 0 by default */
  waitMilliseconds?: number;
}

export type EventPage =
  | {
      events: LoggedEvent[];
      /** the next page begins after this number */
      next: number;
      more: boolean;
    }
  /** events after `after` were deleted, or the log is not the one that `after` came from */
  | { gone: { oldest: number } };

/** Read from the log at once, before the filter. */
const pageEvents = 200;
/** The most pages that one call reads to find matching events. */
const pagesAtMost = 25;

/**
 * Returns a company's events in their order. `next` passes events that the filter leaves out, so a page may have fewer
 * than `limit` although more follow.
 */
export async function readEvents(ports: EventPorts, principal: Principal, query: EventQuery): Promise<EventPage> {
  const { companyId } = principal;
  const { after, waitMilliseconds = 0 } = query;
  await ports.events.keepInUse(companyId);
  const { oldest, newest } = await ports.events.range(companyId);
  if (after === undefined) return await newestEvents(ports, principal, query, newest);
  if (after < oldest - 1 || after > newest) return { gone: { oldest } };
  const until = ports.clock.now() + waitMilliseconds;
  for (let next = after; ; ) {
    const page = await pageAfter(ports, principal, query, next);
    const left = until - ports.clock.now();
    if (page.events.length > 0 || page.more || left <= 0) return page;
    next = page.next;
    if (!(await ports.events.waitFor(companyId, next, left))) return page;
  }
}

async function pageAfter(ports: EventPorts, principal: Principal, query: EventQuery, after: number) {
  const { limit } = query;
  const events: LoggedEvent[] = [];
  let next = after;
  for (let page = 0; page < pagesAtMost; page++) {
    const found = await ports.events.read(principal.companyId, next, pageEvents);
    for (const event of found) {
      if (events.length === limit) return { events, next, more: true };
      if (isFor(principal, event, query)) events.push(event);
      next = event.sequence;
    }
    if (found.length === 0) return { events, next, more: false };
  }
  return { events, next, more: true };
}

async function newestEvents(ports: EventPorts, principal: Principal, query: EventQuery, newest: number) {
  const found: LoggedEvent[] = [];
  for (let before = newest; before > 0 && found.length < query.limit && newest - before < pageEvents * pagesAtMost; ) {
    const after = Math.max(before - pageEvents, 0);
    const page = await ports.events.read(principal.companyId, after, before - after);
    found.unshift(...page.filter(event => event.sequence <= before && isFor(principal, event, query)));
    before = after;
  }
  return { events: found.slice(-query.limit), next: newest, more: false };
}

const isFor = ({ scopes }: Principal, event: LoggedEvent, filter: EventFilter) =>
  mayRead(event.type, allows(scopes, 'admin')) && isWanted(event, filter);
