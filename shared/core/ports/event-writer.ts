import type { Relay } from '../domain/company.ts';
import type { NewEvent } from '../domain/event.ts';
import type { CompanyId } from '../domain/ids.ts';
import type { Job } from '../domain/job.ts';
import type { Announced } from '../domain/place-changes.ts';
import type { Location, Printer } from '../domain/printer.ts';
import type { UploadSession } from '../domain/upload-session.ts';

/** A change of a stored record. `at` is when it was stored; milliseconds since 1970. */
export type Change = { at: number } & (
  | { kind: 'job'; before?: Job; after: Job }
  | { kind: 'upload'; before?: UploadSession; after: UploadSession }
  | { kind: 'printer'; before?: Printer; after: Printer }
  | { kind: 'location'; before?: Location; after: Location }
  | { kind: 'relay'; before?: Relay; after: Relay }
);

/** Writes events whose change was stored before: in AWS all of them, on one machine those that were held back. */
export interface EventWriter {
  /** Whether the company uses events; those of others are not written. */
  isInUse(companyId: CompanyId): Promise<boolean>;
  /**
   * Writes events in their order and queues them for webhooks. An event that was written before is left out, so a repeat
   * changes nothing.
   */
  write(companyId: CompanyId, events: NewEvent[]): Promise<void>;
  /** What the last event of a printer or location showed. */
  announcedOf(companyId: CompanyId, place: string): Promise<Announced | undefined>;
  saveAnnounced(companyId: CompanyId, place: string, announced: Announced): Promise<void>;
  /** Places whose newer state is due. */
  dueAnnouncements(at: number, limit: number): Promise<{ companyId: CompanyId; place: string; dueAt: number }[]>;
}
