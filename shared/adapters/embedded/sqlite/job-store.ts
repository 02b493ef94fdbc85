import type { SQLInputValue } from 'node:sqlite';
import { dayOf } from '../../../core/domain/company.ts';
import { PrintError } from '../../../core/domain/errors.ts';
import type { CompanyId, JobId } from '../../../core/domain/ids.ts';
import { isUnprepared, isWaiting, type Job } from '../../../core/domain/job.ts';
import { eventsBetween } from '../../../core/domain/job-changes.ts';
import { type PrinterName, printerKey } from '../../../core/domain/printer.ts';
import type { CreateOutcome, IdempotencyClaim, JobStore, Saved } from '../../../core/ports/index.ts';
import { log } from '../../../telemetry/log.ts';
import type { EventAppender } from './event-log.ts';
import type { Sqlite } from './sqlite.ts';

const jobsPerCreate = 50;
/** Due jobs that are read at once. */
const dueAtOnce = 100;
export const claimMilliseconds = 24 * 60 * 60_000;

type Replay = Extract<CreateOutcome, { replayed: JobId[] } | 'other-request'>;
type Body = { body: string };

export function makeJobStore(db: Sqlite, now: () => number, events: EventAppender): JobStore {
  return {
    async create(jobs, claim, { jobsPerDay, isSyncedLater } = {}) {
      if (jobs.length > jobsPerCreate)
        throw new PrintError('too-many', `Too many jobs in one request: at most ${jobsPerCreate} are allowed.`);
      return db.write(
        (): CreateOutcome => {
          const replay = claim && replayOf(db, claim, now());
          if (replay) return replay;
          if (jobsPerDay !== undefined && !countOfDay(db, jobs, jobsPerDay, now())) return 'day-is-full';
          const created = jobs.map(job => insert(db, job));
          for (const job of created) eventsBetween(undefined, job).forEach(events.append);
          if (claim) saveClaim(db, claim, created, now());
          return { created };
        },
        { relaxed: isSyncedLater },
      );
    },

    async claimed(claim) {
      return replayOf(db, claim, now());
    },

    async get(id) {
      return find(db, id);
    },

    save(job) {
      // losing preparation progress in a power cut is harmless: the message is redelivered and preparation restarts
      const options = { relaxed: isUnprepared(job) };
      return db.write((): Saved<Job> => {
        const before = find(db, job.id);
        if (before?.version !== job.version) return { conflict: before };
        const saved = { ...job, version: job.version + 1 };
        db.run(
          'UPDATE jobs SET waiting = ?, due_at = ?, version = ?, body = ? WHERE id = ?',
          ...[isWaiting(saved) ? 1 : 0, saved.dueAt ?? null, saved.version, JSON.stringify(saved), job.id],
        );
        eventsBetween(before, saved).forEach(events.append);
        return { saved };
      }, options);
    },

    async waiting(companyId, printer, limit) {
      const where = 'company = ? AND printer = ? AND waiting = 1 ORDER BY sequence LIMIT ?';
      return readableJobs(db, where, companyId, printerKey(printer), limit).jobs;
    },

    async list(companyId, limit, before) {
      const from = before === undefined ? { at: Number.MAX_SAFE_INTEGER, id: '' } : parsePosition(before);
      const where = 'company = ? AND (submitted_at, id) < (?, ?) ORDER BY submitted_at DESC, id DESC LIMIT ?';
      const found = readableJobs(db, where, companyId, from.at, from.id, limit + 1);
      const jobs = found.jobs.slice(0, limit);
      const last = found.jobs.length + found.unreadable.length > limit ? jobs.at(-1) : undefined;
      return { jobs, next: last && `${last.submittedAt}.${last.id}` };
    },

    async supersede(job) {
      return db.write(() => recordNewest(db, job, now()));
    },

    async *due(at) {
      const sql = 'SELECT rowid FROM jobs WHERE due_at <= ? ORDER BY due_at';
      const rows = db.all<{ rowid: number }>(sql, at).map(({ rowid }) => rowid);
      for (let from = 0; from < rows.length; from += dueAtOnce) {
        const some = rows.slice(from, from + dueAtOnce);
        const where = `rowid IN (${some.map(() => '?').join()}) AND due_at <= ? ORDER BY due_at`;
        const { jobs, unreadable } = readableJobs(db, where, ...some, at);
        // else they would be read at every sweep
        for (const row of unreadable)
          await db.write(() => db.run('UPDATE jobs SET due_at = NULL WHERE rowid = ?', row));
        yield jobs;
      }
    },
  };
}

const parse = (row: Body) => JSON.parse(row.body) as Job;

/** What can be read of the jobs under a condition. A damaged row is logged and does not hide the others. */
function readableJobs(db: Sqlite, where: string, ...values: SQLInputValue[]): { jobs: Job[]; unreadable: number[] } {
  const jobs: Job[] = [];
  const unreadable: number[] = [];
  for (const { rowid, body } of rowsOf(db, where, values)) {
    const job = body === undefined ? undefined : parsed(body);
    if (job) jobs.push(job);
    else unreadable.push(rowid);
  }
  if (unreadable.length > 0) log.error('jobs-unreadable', { rows: unreadable });
  return { jobs, unreadable };
}

/** On a damaged page the rows are read one by one: the index leads to those that are on good ones. */
function rowsOf(db: Sqlite, where: string, values: SQLInputValue[]): { rowid: number; body?: string }[] {
  try {
    return db.all<{ rowid: number; body: string }>(`SELECT rowid, body FROM jobs WHERE ${where}`, ...values);
  } catch (error) {
    log.warn('jobs-read-one-by-one', { error });
    return db.all<{ rowid: number }>(`SELECT rowid FROM jobs WHERE ${where}`, ...values).map(({ rowid }) => {
      try {
        return { rowid, ...db.get<Body>('SELECT body FROM jobs WHERE rowid = ?', rowid) };
      } catch {
        return { rowid };
      }
    });
  }
}

function parsed(body: string): Job | undefined {
  try {
    return JSON.parse(body) as Job;
  } catch {
    // logged by its row
    return undefined;
  }
}

function find(db: Sqlite, id: JobId): Job | undefined {
  const row = db.get<Body>('SELECT body FROM jobs WHERE id = ?', id);
  return row && parse(row);
}

function insert(db: Sqlite, job: Job): Job {
  const sequence = job.printer ? nextSequence(db, job.companyId, job.printer) : 0;
  const created: Job = { ...job, sequence, version: 1 };
  db.run(
    `INSERT INTO jobs (id, company, printer, sequence, waiting, due_at, submitted_at, version, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)`,
    ...[created.id, created.companyId, created.printer ? printerKey(created.printer) : null, sequence],
    ...[isWaiting(created) ? 1 : 0, created.dueAt ?? null, created.submittedAt, JSON.stringify(created)],
  );
  return created;
}

/** Counts jobs of a company's day, or none of them if they are too many. */
function countOfDay(db: Sqlite, jobs: Job[], atMost: number, at: number): boolean {
  const [company, day] = [jobs[0]?.companyId ?? '', dayOf(at)];
  const known = db.get<{ jobs: number }>('SELECT jobs FROM jobs_of_day WHERE company = ? AND day = ?', company, day);
  const counted = (known?.jobs ?? 0) + jobs.length;
  if (counted > atMost) return false;
  db.run('INSERT OR REPLACE INTO jobs_of_day (company, day, jobs) VALUES (?, ?, ?)', company, day, counted);
  return true;
}

/** Separate from the jobs, so that sequence numbers are not reused after a job is deleted. */
function nextSequence(db: Sqlite, companyId: CompanyId, printer: PrinterName): number {
  const row = db.get<{ last: number }>(
    `INSERT INTO sequences (company, printer, last) VALUES (?, ?, 1)
     ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last`,
    ...[companyId, printerKey(printer)],
  );
  return (row as { last: number }).last;
}

function replayOf(db: Sqlite, claim: IdempotencyClaim, at: number): Replay | undefined {
  const row = db.get<{ fingerprint: string; job_ids: string }>(
    'SELECT fingerprint, job_ids FROM claims WHERE company = ? AND key = ? AND expires_at > ?',
    ...[claim.companyId, claim.key, at],
  );
  if (!row) return undefined;
  return row.fingerprint === claim.fingerprint ? { replayed: JSON.parse(row.job_ids) } : 'other-request';
}

function saveClaim(db: Sqlite, claim: IdempotencyClaim, jobs: Job[], at: number): void {
  db.run('DELETE FROM claims WHERE expires_at <= ?', at);
  db.run(
    'INSERT INTO claims (company, key, fingerprint, job_ids, expires_at) VALUES (?, ?, ?, ?, ?)',
    ...[claim.companyId, claim.key, claim.fingerprint, JSON.stringify(jobs.map(job => job.id)), at + claimMilliseconds],
  );
}

type Newest = { job: JobId; sequence: number; older: JobId | null };

function recordNewest(db: Sqlite, job: Job, at: number): Awaited<ReturnType<JobStore['supersede']>> {
  const place = [job.companyId, printerKey(job.printer as PrinterName), job.supersedes as string] as const;
  const where = 'company = ? AND printer = ? AND key = ?';
  const known = db.get<Newest>(`SELECT job, sequence, older FROM newest_jobs WHERE ${where}`, ...place);
  if (known?.job === job.id) return { older: known.older ?? undefined };
  if (known && known.sequence > job.sequence) return { newer: known.job };
  db.run(
    `INSERT OR REPLACE INTO newest_jobs (company, printer, key, job, sequence, older, recorded_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[...place, job.id, job.sequence, known?.job ?? null, at],
  );
  return { older: known?.job };
}

function parsePosition(text: string): { at: number; id: string } {
  const [, at, id] = /^(\d{1,15})\.([0-9a-f]{32})$/.exec(text) ?? [];
  if (at === undefined || id === undefined)
    throw new PrintError('bad-value', `Invalid page position "${text}": use the "next" value of the previous page.`);
  return { at: Number(at), id };
}
