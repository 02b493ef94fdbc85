import { eventIdOf, type NewEvent } from '../../../core/domain/event.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { EventWriter } from '../../../core/ports/index.ts';
import { announcedOf, saveAnnounced } from './announcements.ts';
import type { SqliteEventLog } from './event-log.ts';
import type { Sqlite } from './sqlite.ts';

/** An event is repeated at the start after the process was killed, so few events are newer. */
const repeatedWithin = 1000;

/** Writes events apart from the change that they are about. */
export function makeEventWriter(db: Sqlite, log: SqliteEventLog): EventWriter {
  function isWritten(event: NewEvent): boolean {
    const newest = 'SELECT id FROM events WHERE company = ? ORDER BY sequence DESC LIMIT ?';
    const sql = `SELECT 1 FROM (${newest}) WHERE id = ?`;
    return db.get(sql, event.companyId, repeatedWithin, eventIdOf(event)) !== undefined;
  }

  return {
    async isInUse() {
      return true;
    },

    async write(_companyId, events) {
      await db.write(() => {
        for (const event of events) if (!isWritten(event)) log.append(event);
      });
    },

    async announcedOf(companyId, place) {
      return announcedOf(db, companyId, place);
    },

    async saveAnnounced(companyId, place, announced) {
      await db.write(() => saveAnnounced(db, companyId, place, announced));
    },

    async dueAnnouncements(at, limit) {
      return db.all<{ companyId: CompanyId; place: string; dueAt: number }>(
        `SELECT company AS companyId, place, due_at AS dueAt FROM announced WHERE due_at <= ? ORDER BY due_at LIMIT ?`,
        ...[at, limit],
      );
    },
  };
}
