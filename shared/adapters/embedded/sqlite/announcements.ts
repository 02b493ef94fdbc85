import type { CompanyId } from '../../../core/domain/ids.ts';
import {
  type Announced,
  type Announcement,
  announceLocation,
  announcePrinter,
} from '../../../core/domain/place-changes.ts';
import { type Location, type Printer, printerKey } from '../../../core/domain/printer.ts';
import type { EventAppender } from './event-log.ts';
import type { Sqlite } from './sqlite.ts';

interface Row {
  value: string;
  at: number;
  due_at: number | null;
}

export function announcedOf(db: Sqlite, companyId: CompanyId, place: string): Announced | undefined {
  const sql = 'SELECT value, at, due_at FROM announced WHERE company = ? AND place = ?';
  const row = db.get<Row>(sql, companyId, place);
  return row && { value: row.value, at: row.at, dueAt: row.due_at ?? undefined };
}

/** Call only inside `write`. */
export function saveAnnounced(db: Sqlite, companyId: CompanyId, place: string, { value, at, dueAt }: Announced): void {
  db.run(
    'INSERT OR REPLACE INTO announced (company, place, value, at, due_at) VALUES (?, ?, ?, ?, ?)',
    ...[companyId, place, value, at, dueAt ?? null],
  );
}

/** Events of printers and locations, written in the transaction of the registry's change. */
export function makeAnnouncements(db: Sqlite, events: EventAppender, now: () => number) {
  function note(companyId: CompanyId, place: string, { event, announced }: Announcement): void {
    if (event) events.append(event);
    saveAnnounced(db, companyId, place, announced);
  }

  function printer(before: Printer | undefined, after: Printer): void {
    const place = printerKey(after);
    note(after.companyId, place, announcePrinter(before, after, announcedOf(db, after.companyId, place), now()));
  }

  function location(before: Location | undefined, after: Location): void {
    const { companyId, locationId } = after;
    note(companyId, locationId, announceLocation(before, after, announcedOf(db, companyId, locationId), now()));
  }

  /** Deletes what was announced of a place that is deleted. */
  const forget = (companyId: CompanyId, place: string) =>
    void db.run('DELETE FROM announced WHERE company = ? AND place = ?', companyId, place);

  return { printer, location, forget };
}
