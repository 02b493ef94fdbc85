import { readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere, removeFile } from '../documents/durable-files.ts';
import { underWay } from './schema.ts';
import type { Sqlite } from './sqlite.ts';

/*
 * What TTL and lifecycle rules do in AWS: records and documents that nobody needs any more go by their age. The same
 * periods hold there.
 */

const day = 24 * 60 * 60 * 1000;
/** after its end */
const jobMilliseconds = 30 * day;
/** Longer than any job can be alive: three days for its relay, one at the printer, a week for somebody's word, three attempts over. */
const documentMilliseconds = 35 * day;
/** since something was put into an empty folder, or removed from it */
const folderMilliseconds = day / 24;
const deadLetterMilliseconds = 14 * day;
const keys: Record<string, string> = { composed_parts: 'upload', enrolment_codes: 'digest', small_documents: 'key' };
/** One transaction's worth, so that nobody waits long behind it. */
const rowsAtOnce = 500;

/** Removes what is past its time. Stopped half-way it goes on at the next call. */
export async function discardOld(db: Sqlite, documentsFolder: string, now: number): Promise<void> {
  const ended = "submitted_at < ?1 AND due_at IS NULL AND json_extract(body, '$.endedAt') < ?1";
  await deleteRows(db, 'jobs', ended, now - jobMilliseconds);
  await deleteRows(db, 'uploads', `expires_at < ?1 AND NOT (${underWay})`, now);
  await deleteRows(db, 'composed_parts', 'upload NOT IN (SELECT id FROM uploads) AND ?1 > 0', now);
  await deleteRows(db, 'dead_letters', 'died_at < ?1', now - deadLetterMilliseconds);
  await deleteRows(db, 'enrolment_codes', "json_extract(body, '$.expiresAt') < ?1", now);
  await deleteRows(db, 'small_documents', 'stored_at < ?1', now - documentMilliseconds);
  await removeOldFiles(documentsFolder, now);
}

async function deleteRows(db: Sqlite, table: string, condition: string, before: number): Promise<void> {
  const key = keys[table] ?? 'id';
  const sql = `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${rowsAtOnce})`;
  while ((await db.write(() => db.run(sql, before), { relaxed: true })) >= rowsAtOnce);
}

/** Many folders are made for one document, and are left when that goes. */
async function removeOldFiles(folder: string, now: number): Promise<void> {
  const entries = (await ifThere(readdir(folder, { recursive: true, withFileTypes: true }))) ?? [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const age = now - ((await ifThere(stat(path)))?.mtimeMs ?? now);
    if (entry.isFile() && age > documentMilliseconds) await removeFile(path);
    // one that is not empty stays, which is all that can go wrong
    if (entry.isDirectory() && age > folderMilliseconds) await rmdir(path).catch(() => undefined);
  }
}
