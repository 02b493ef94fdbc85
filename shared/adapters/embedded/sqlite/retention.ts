import { readdir, rmdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { keyOf } from '../documents/document-paths.ts';
import { ifThere, removeFile } from '../documents/durable-files.ts';
import { deleteOldEvents } from './event-log.ts';
import { documentOfJob, underWay } from './schema.ts';
import type { Sqlite } from './sqlite.ts';
import { deleteOldTries } from './webhook-store.ts';

/*
 * Deletes records and documents by age, with the same periods as TTL and lifecycle rules in AWS.
 */

const day = 24 * 60 * 60 * 1000;
/** after the job's end */
export const jobMilliseconds = 30 * day;
/**
 * Longer than the longest life of a job: three days for its relay, one at the printer, a week for a confirmation, three
 * attempts.
 */
const documentMilliseconds = 35 * day;
/** after the end of the last job of a document, so that it can be printed again for a while */
export const printedMilliseconds = day;
/** since the last change of an empty folder */
const folderMilliseconds = day / 24;
const deadLetterMilliseconds = 14 * day;
const keys: Record<string, string> = {
  composed_parts: 'upload',
  newest_jobs: 'job',
  enrolment_codes: 'digest',
  small_documents: 'key',
};
/** Rows per transaction, so that other writers wait only briefly. */
const rowsAtOnce = 500;

/** Deletes expired data. An interrupted run is continued by the next call. */
export async function deleteExpired(
  db: Sqlite,
  documentsFolder: string,
  now: number,
  keepPrinted = printedMilliseconds,
): Promise<void> {
  const ended = "submitted_at < ?1 AND due_at IS NULL AND json_extract(body, '$.endedAt') < ?1";
  await deleteRows(db, 'jobs', ended, now - jobMilliseconds);
  await deleteRows(db, 'uploads', `expires_at < ?1 AND NOT (${underWay})`, now);
  await deleteRows(db, 'composed_parts', 'upload NOT IN (SELECT id FROM uploads) AND ?1 > 0', now);
  await deleteRows(db, 'dead_letters', 'died_at < ?1', now - deadLetterMilliseconds);
  await deleteRows(db, 'newest_jobs', 'recorded_at < ?1', now - documentMilliseconds);
  await deleteRows(db, 'enrolment_codes', "json_extract(body, '$.expiresAt') < ?1", now);
  await deleteRows(db, 'small_documents', 'stored_at < ?1', now - documentMilliseconds);
  await deleteRows(db, 'small_documents', `stored_at < ?1 AND ${isPrinted('small_documents.key')}`, now - keepPrinted);
  await deleteOldEvents(db, now);
  await deleteOldTries(db, now);
  const isDone = (key: string) => db.get(`SELECT 1 WHERE ${isPrinted('?2')}`, now - keepPrinted, key) !== undefined;
  await removeOldFiles(documentsFolder, now, isDone);
}

const ofDocument = (key: string) => `SELECT 1 FROM jobs WHERE ${documentOfJob} = ${key}`;
/** Whether a document has jobs, and all of them ended before ?1 and owe nothing. */
const isPrinted = (key: string) =>
  `EXISTS (${ofDocument(key)}) AND NOT EXISTS (${ofDocument(key)}
     AND (due_at IS NOT NULL OR coalesce(json_extract(body, '$.endedAt'), ?1) >= ?1))`;

async function deleteRows(db: Sqlite, table: string, condition: string, before: number): Promise<void> {
  const key = keys[table] ?? 'id';
  const sql = `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${rowsAtOnce})`;
  while ((await db.write(() => db.run(sql, before), { relaxed: true })) >= rowsAtOnce);
}

/** Most folders hold one document and remain empty after its deletion. */
async function removeOldFiles(folder: string, now: number, isPrinted: (key: string) => boolean): Promise<void> {
  const entries = (await ifThere(readdir(folder, { recursive: true, withFileTypes: true }))) ?? [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const age = now - ((await ifThere(stat(path)))?.mtimeMs ?? now);
    const key = entry.isFile() ? keyOf(relative(folder, path)) : undefined;
    const isOver = age > documentMilliseconds || (key !== undefined && isPrinted(key));
    if (entry.isFile() && isOver) await removeFile(path);
    // fails only if the folder is not empty, which is fine
    if (entry.isDirectory() && age > folderMilliseconds) await rmdir(path).catch(() => undefined);
  }
}
