import type { UploadId } from '../domain/ids.ts';
import type { ComposedPart, UploadSession } from '../domain/upload-session.ts';
import type { Saved, UploadStore } from '../ports.ts';
import type { PieceLogs } from './piece-logs.ts';
import type { Sqlite } from './sqlite.ts';

type Row = { body: string; ordinal: number; staged_octets: number };

/*
 * What each segment raises stands in columns of its own: raising it neither reads the session nor disturbs a save.
 *
 * A segment's ordinal is not waited for on disk, since its piece is, with the ordinal in it. A power cut may take back
 * what was raised; so before a session gives its first ordinal after a start, its pieces are asked how far it had come.
 */
export function makeUploadStore(db: Sqlite, logs: PieceLogs): UploadStore {
  /** open sessions that are known to have come as far as their pieces */
  const known = new Set<UploadId>();

  async function catchUp(id: UploadId): Promise<void> {
    const { ordinal, octets } = await logs.use(id, async log => log.reached());
    const sql = `UPDATE uploads SET ordinal = max(ordinal, ?), staged_octets = max(staged_octets, ?)
                 WHERE id = ? AND state = 'open'`;
    const isOpen = await db.write(() => db.run(sql, ordinal, octets, id));
    if (isOpen) known.add(id);
  }

  return {
    create(session) {
      return db.write(() => {
        const created = { ...session, version: 1 };
        db.run(
          'INSERT INTO uploads (id, state, ordinal, staged_octets, expires_at, version, body) VALUES (?, ?, ?, ?, ?, 1, ?)',
          ...[created.id, created.state, created.ordinal, created.stagedOctets, created.expiresAt],
          JSON.stringify(created),
        );
        if (created.state === 'open') known.add(created.id);
        return created;
      });
    },

    async get(id) {
      return find(db, id);
    },

    async nextOrdinal(id, octets) {
      if (!known.has(id)) await catchUp(id);
      const raise = () => {
        const row = db.get<Row>(
          `UPDATE uploads SET ordinal = ordinal + 1, staged_octets = staged_octets + ?
           WHERE id = ? AND state = 'open' RETURNING ${columns}`,
          ...[octets, id],
        );
        return row && parse(row);
      };
      return await db.write(raise, { relaxed: true });
    },

    save(session) {
      return db.write((): Saved<UploadSession> => {
        const next = { ...session, version: session.version + 1 };
        const row = db.get<Row>(
          `UPDATE uploads SET state = ?, expires_at = ?, version = ?, body = ? WHERE id = ? AND version = ?
           RETURNING ${columns}`,
          ...[next.state, next.expiresAt, next.version, JSON.stringify(next), session.id, session.version],
        );
        if (row && next.state !== 'open') known.delete(session.id);
        return row ? { saved: parse(row) } : { conflict: find(db, session.id) };
      });
    },

    async recordPart(id, { part, etag, madeOf }) {
      const sql = 'INSERT OR REPLACE INTO composed_parts (upload, part, etag, made_of) VALUES (?, ?, ?, ?)';
      // a part that was forgotten is composed again
      await db.write(() => db.run(sql, id, part, etag, madeOf), { relaxed: true });
    },

    async composedParts(id) {
      const sql = 'SELECT part, etag, made_of AS madeOf FROM composed_parts WHERE upload = ? ORDER BY part';
      return db.all<ComposedPart>(sql, id).map(row => ({ ...row }));
    },

    async expired(at, limit) {
      const rows = db.all<Row>(
        `SELECT ${columns} FROM uploads WHERE state = 'open' AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
        ...[at, limit],
      );
      return rows.map(parse);
    },
  };
}

const columns = 'body, ordinal, staged_octets';

const parse = (row: Row): UploadSession => ({
  ...JSON.parse(row.body),
  ordinal: row.ordinal,
  stagedOctets: row.staged_octets,
});

function find(db: Sqlite, id: UploadId): UploadSession | undefined {
  const row = db.get<Row>(`SELECT ${columns} FROM uploads WHERE id = ?`, id);
  return row && parse(row);
}
