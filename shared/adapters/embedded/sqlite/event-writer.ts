import type { CompanyId } from '../../../core/domain/ids.ts';
import type { EventWriter } from '../../../core/ports/index.ts';
import { announcedOf, saveAnnounced } from './announcements.ts';
import type { SqliteEventLog } from './event-log.ts';
import type { Sqlite } from './sqlite.ts';

/** Writes events apart from the change that they are about. */
export function makeEventWriter(db: Sqlite, log: SqliteEventLog): EventWriter {
  return {
    async isInUse() {
      return true;
    },

    async write(_companyId, events) {
      await db.write(() => events.forEach(log.append));
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
