import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type StoredDocument, sniffFormat } from '../../../core/domain/document.ts';
import type { WholePutOptions } from '../../../core/ports/index.ts';
import type { Sqlite } from '../sqlite/sqlite.ts';
import { checkFormat } from './document-trailer.ts';
import type { OpenDocument } from './open-document.ts';

/*
 * Documents too small for a file of their own. A database commit needs one sync, shared by all concurrent writers,
 * where a file needs four. SQLite reads blobs up to about 100 KB faster than files [sqlite.org, "Internal versus
 * external BLOBs"].
 */

export const smallOctets = 128 * 1024;

type Row = { bytes: Uint8Array; sha256: string; format: string | null };

export class SmallDocuments {
  readonly #db: Sqlite;
  readonly #now: () => number;

  constructor(db: Sqlite, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** What is synced later is so by the next commit of the same database that is. */
  async put(key: string, bytes: Uint8Array, { format, isSyncedLater }: WholePutOptions): Promise<StoredDocument> {
    checkFormat(format);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const at = this.#now();
    const put = (db: Sqlite) =>
      db.run(
        'INSERT OR REPLACE INTO small_documents (key, bytes, sha256, format, stored_at) VALUES (?, ?, ?, ?, ?)',
        ...[key, bytes, sha256, format ?? null, at],
      );
    await this.#db.write(put, { relaxed: isSyncedLater });
    return { key, octets: bytes.length, sha256, format: sniffFormat(bytes) };
  }

  open(key: string): OpenDocument | undefined {
    const row = this.#db.get<Row>('SELECT bytes, sha256, format FROM small_documents WHERE key = ?', key);
    if (!row) return undefined;
    const { bytes, sha256, format } = row;
    return {
      octets: bytes.length,
      etag: `"${sha256.slice(0, 32)}"`,
      format: async () => format ?? undefined,
      stream: (from, to) => Readable.from(from < to ? [Buffer.from(bytes.subarray(from, to))] : []),
      close: async () => undefined,
    };
  }

  /** `prefix` ends in `/`. */
  list(prefix: string): { key: string; octets: number }[] {
    const end = `${prefix.slice(0, -1)}0`;
    const sql = 'SELECT key, length(bytes) AS octets FROM small_documents WHERE key >= ? AND key < ?';
    return this.#db.all<{ key: string; octets: number }>(sql, prefix, end).map(row => ({ ...row }));
  }

  async delete(keys: string[], { isSyncedLater }: Pick<WholePutOptions, 'isSyncedLater'> = {}): Promise<void> {
    const there = keys.filter(key => this.#db.get('SELECT 1 FROM small_documents WHERE key = ?', key));
    if (there.length === 0) return;
    const remove = (db: Sqlite) => {
      for (const key of there) db.run('DELETE FROM small_documents WHERE key = ?', key);
    };
    await this.#db.write(remove, { relaxed: isSyncedLater });
  }
}
