import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { companyPrefixes } from '../../../core/domain/document.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import { prefixPath } from '../documents/document-paths.ts';
import { underWay } from './schema.ts';
import type { Sqlite } from './sqlite.ts';

const ofCompany = "json_extract(body, '$.companyId') = ?";

/** Deletes a company's jobs, relays and documents. Its uploads under way stay until they expire, within a day. */
export async function eraseCompany(
  db: Sqlite,
  store: string,
  companyId: CompanyId,
): Promise<{ jobs: number; documents: number }> {
  const prefixes = companyPrefixes(companyId);
  const deleted = await db.write(() => ({
    jobs: db.run('DELETE FROM jobs WHERE company = ?', companyId),
    documents: prefixes
      .map(prefix =>
        db.run('DELETE FROM small_documents WHERE key >= ? AND key < ?', prefix, `${prefix.slice(0, -1)}0`),
      )
      .reduce((sum, count) => sum + count, 0),
    others: ['claims', 'sequences', 'charges', 'newest_jobs', 'jobs_of_day', 'events', 'announced', 'deliveries'].map(
      table => db.run(`DELETE FROM ${table} WHERE company = ?`, companyId),
    ),
    records: ['relays', 'enrolment_codes'].map(table => db.run(`DELETE FROM ${table} WHERE ${ofCompany}`, companyId)),
    uploads: db.run(`DELETE FROM uploads WHERE ${ofCompany} AND NOT (${underWay})`, companyId),
  }));
  for (const prefix of prefixes) {
    await rm(prefixPath(join(store, 'documents'), prefix), { recursive: true, force: true });
  }
  return { jobs: deleted.jobs, documents: deleted.documents };
}
