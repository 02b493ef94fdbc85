import type { CompanyId, JobId } from '../domain/ids.ts';
import type { Job } from '../domain/job.ts';
import type { PrinterName } from '../domain/printer.ts';
import type { Saved } from './saved.ts';

/** Identifies a repeated submission. */
export interface IdempotencyClaim {
  companyId: CompanyId;
  /** the client's idempotency key */
  key: string;
  /** SHA-256 of the whole request */
  fingerprint: string;
}

export interface CreateOptions {
  /**
   * Nothing is written if the company's jobs of this day in UTC would be more; jobs that were created without it do not
   * count.
   */
  jobsPerDay?: number;
  /** until the caller's next durable write, and for a second at most, a power cut may lose the jobs */
  isSyncedLater?: boolean;
}

export interface JobStore {
  /**
   * Writes all of the jobs or none, each with version 1. Gives each job that has a printer its `sequence`, higher than
   * that of every job of the printer whose create had returned before this call. With a claim that already exists,
   * writes nothing and returns the claimed jobs. At most 50 jobs a call, else `too-many`. Claims expire after a day.
   */
  create(jobs: Job[], claim?: IdempotencyClaim, options?: CreateOptions): Promise<CreateOutcome>;
  /** The jobs claimed under this key, if any. */
  claimed(
    claim: IdempotencyClaim,
  ): Promise<Extract<CreateOutcome, { replayed: JobId[] } | 'other-request'> | undefined>;
  get(id: JobId): Promise<Job | undefined>;
  /** Saves if the stored version is `job.version`, and raises it by one. */
  save(job: Job): Promise<Saved<Job>>;
  /**
   * Jobs that hold a place in the printer's order (`isWaiting`), by ascending `sequence`. Jobs in `known` were just
   * stored and may be returned without another read.
   */
  waiting(companyId: CompanyId, printer: PrinterName, limit: number, known?: Job[]): Promise<Job[]>;
  /**
   * Newest first. Pass `next` as `before` to get the following page. `bad-value` if `before` is not a value returned as
   * `next`.
   */
  list(companyId: CompanyId, limit: number, before?: string): Promise<{ jobs: Job[]; next?: string }>;
  /**
   * Records a job with a printer and a `supersedes` key as the newest of that printer and key, unless a job with a higher
   * sequence is recorded. Returns the job that was recorded before, the newer one, or both if a newer one came before it
   * is known whether the job was recorded. A repeated call returns the same until a newer job is recorded. Records are
   * kept for 35 days.
   */
  supersede(job: Job): Promise<{ older?: JobId; newer?: JobId }>;
  /**
   * Batches of the jobs with `dueAt` at or before `at`, in no order, each job once. A batch may be empty: after work on
   * the index, which the caller may end by leaving the loop. The index may lag by a second.
   */
  due(at: number): AsyncIterable<Job[]>;
}

export type CreateOutcome = { created: Job[] } | { replayed: JobId[] } | 'other-request' | 'day-is-full';
