import type { UploadId } from '../../../core/domain/ids.ts';
import { uploadEvents } from '../../../core/domain/upload-changes.ts';
import type { QuotaReached, UploadQuota } from '../../../core/domain/upload-quota.ts';
import { type ComposedPart, isUnderWay, type UploadSession } from '../../../core/domain/upload-session.ts';
import type { Saved, UploadStore } from '../../../core/ports/index.ts';
import type { EventAppender } from '../sqlite/event-log.ts';
import { underWay } from '../sqlite/schema.ts';
import type { Sqlite } from '../sqlite/sqlite.ts';
import type { PieceLogs } from './piece-logs.ts';

type Row = { body: string; ordinal: number; staged_octets: number; reserved_octets: number };

/*
 * Sessions in the database; the progress of open ones in memory and in their pieces. A segment's ordinal is not stored
 * by itself, since its piece contains it durably. Before a session issues its first ordinal after a start, its progress
 * is read from its pieces; from then on this process, the only user of the data folder, keeps it in memory. A save
 * clears the progress in memory before it is on disk, so memory is never ahead of the disk.
 *
 * A company's used quota is summed from its active sessions in the transaction that needs it, so it cannot drift.
 */
export function makeUploadStore(db: Sqlite, logs: PieceLogs, now: () => number, events: EventAppender): UploadStore {
  /** open sessions that received a segment since start-up */
  const live = new Map<UploadId, UploadSession>();

  async function loadLive(id: UploadId): Promise<UploadSession | undefined> {
    const { ordinal, octets } = await logs.use(id, async log => log.reached());
    const known = live.get(id);
    const stored = known ?? find(db, id);
    if (known || stored?.state !== 'open') return known;
    stored.ordinal = Math.max(stored.ordinal, ordinal);
    stored.stagedOctets = Math.max(stored.stagedOctets, octets);
    live.set(id, stored);
    return stored;
  }

  /** The stored session, with its current progress. */
  const current = (id: UploadId) => copyOf(live.get(id)) ?? find(db, id);

  function inFlight(companyId: string): { sessions: number; octets: number } {
    const sql = `SELECT count(*) AS sessions, total(reserved_octets) AS octets FROM uploads
                 WHERE company = ? AND ${underWay}`;
    return db.get(sql, companyId) as { sessions: number; octets: number };
  }

  function quotaReached({ companyId }: UploadSession, more: Partial<Flight>, quota: UploadQuota) {
    const { sessions, octets } = inFlight(companyId);
    if (sessions + (more.sessions ?? 0) > quota.openSessions) return 'too-many-sessions';
    return octets + (more.octets ?? 0) > quota.octetsInFlight ? 'too-many-octets' : undefined;
  }

  return {
    create(session, quota) {
      return db.write((): UploadSession | QuotaReached => {
        const created = { ...session, version: 1 };
        const more = { sessions: 1, octets: created.reservedOctets };
        const reached = isUnderWay(created) && quotaReached(created, more, quota);
        if (reached) return reached;
        db.run(
          `INSERT INTO uploads (id, company, state, ordinal, staged_octets, reserved_octets, expires_at, version, body)
           VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)`,
          ...[created.id, created.companyId, created.state, created.ordinal, created.stagedOctets],
          ...[created.reservedOctets, created.expiresAt, JSON.stringify(created)],
        );
        uploadEvents(undefined, created, now()).forEach(events.append);
        return created;
      });
    },

    async get(id) {
      return current(id);
    },

    async nextOrdinal(id, octets, companyId) {
      const session = live.get(id) ?? (await loadLive(id));
      if (session?.companyId !== companyId) return undefined;
      if (session.stagedOctets + octets > session.reservedOctets) return 'no-room';
      session.ordinal += 1;
      session.stagedOctets += octets;
      return copyOf(session);
    },

    reserve(session, octets, quota) {
      return db.write((): UploadSession | QuotaReached | undefined => {
        const more = { octets: octets - session.reservedOctets };
        const reached = quotaReached(session, more, quota);
        if (reached) return reached;
        const sql = `UPDATE uploads SET reserved_octets = ? WHERE id = ? AND state = 'open' AND reserved_octets = ?`;
        if (db.run(sql, octets, session.id, session.reservedOctets) === 0) return undefined;
        return unloaded(session.id);
      });
    },

    save(session) {
      // if a power cut loses it, the session is open again, and nothing acknowledged depended on it
      const options = { relaxed: session.state === 'closing' };
      return db.write((): Saved<UploadSession> => {
        const next = { ...session, version: session.version + 1 };
        const before = next.state === 'completed' ? find(db, session.id) : undefined;
        const changes = db.run(
          'UPDATE uploads SET state = ?, expires_at = ?, version = ?, body = ? WHERE id = ? AND version = ?',
          ...[next.state, next.expiresAt, next.version, JSON.stringify(next), session.id, session.version],
        );
        if (changes === 0) return { conflict: current(session.id) };
        const saved = unloaded(session.id);
        uploadEvents(before, saved, now()).forEach(events.append);
        return { saved };
      }, options);
    },

    async recordPart(id, { part, etag, madeOf }) {
      const sql = 'INSERT OR REPLACE INTO composed_parts (upload, part, etag, made_of) VALUES (?, ?, ?, ?)';
      // a lost part is composed again
      await db.write(() => db.run(sql, id, part, etag, madeOf), { relaxed: true });
    },

    async composedParts(id) {
      const sql = 'SELECT part, etag, made_of AS madeOf FROM composed_parts WHERE upload = ? ORDER BY part';
      return db.all<ComposedPart>(sql, id).map(row => ({ ...row }));
    },

    async expired(at, limit) {
      const rows = db.all<Row>(
        `SELECT ${columns} FROM uploads WHERE ${underWay} AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
        ...[at, limit],
      );
      return rows.map(parse);
    },
  };

  /** Persists the progress of a session and removes it from memory: the next segment reads it again. */
  function unloaded(id: UploadId): UploadSession {
    const session = live.get(id);
    live.delete(id);
    if (session) {
      const sql = 'UPDATE uploads SET ordinal = ?, staged_octets = ? WHERE id = ?';
      db.run(sql, session.ordinal, session.stagedOctets, id);
    }
    return find(db, id) as UploadSession;
  }
}

interface Flight {
  sessions: number;
  octets: number;
}

const columns = 'body, ordinal, staged_octets, reserved_octets';

const copyOf = (session: UploadSession | undefined) => session && { ...session };

const parse = (row: Row): UploadSession => ({
  ...JSON.parse(row.body),
  ordinal: row.ordinal,
  stagedOctets: row.staged_octets,
  reservedOctets: row.reserved_octets,
});

function find(db: Sqlite, id: UploadId): UploadSession | undefined {
  const row = db.get<Row>(`SELECT ${columns} FROM uploads WHERE id = ?`, id);
  return row && parse(row);
}
