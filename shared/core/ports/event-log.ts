import type { LoggedEvent } from '../domain/event.ts';
import type { CompanyId } from '../domain/ids.ts';

/**
 * The events of each company, numbered from 1 without gaps and kept for 30 days. Stores write an event together with the
 * change that it is about; in AWS a function derives it from the table's stream, and only for companies that use events.
 * Who has read up to a number has seen all events up to it.
 */
export interface EventLog {
  /** Events with numbers above `after`, ascending; a page may be shorter than `limit` although more follow. */
  read(companyId: CompanyId, after: number, limit: number): Promise<LoggedEvent[]>;
  find(companyId: CompanyId, eventId: string): Promise<LoggedEvent | undefined>;
  /** The numbers of the oldest event that is kept and of the newest; both 0 before the first event. */
  range(companyId: CompanyId): Promise<{ oldest: number; newest: number }>;
  /** Waits for an event above `after`: true when there is one, false when the time is over or the signal aborts. */
  waitFor(companyId: CompanyId, after: number, milliseconds: number, signal?: AbortSignal): Promise<boolean>;
  /** Notes that the company uses events: they are written for at least 30 days. */
  keepInUse(companyId: CompanyId): Promise<void>;
}
