import type { CompanyId, JobId } from '../domain/ids.ts';
import type { Job } from '../domain/job.ts';
import type { PrinterName } from '../domain/printer.ts';
import type { Saved } from './saved.ts';

/** What makes a repeated submission the same submission. */
export interface IdempotencyClaim {
  companyId: CompanyId;
  /** the client's own words */
  key: string;
  /** SHA-256 over everything that the request asks for */
  fingerprint: string;
}

export interface JobStore {
  /**
   * Writes all of the jobs or none, each with version 1, and gives each that has a printer its `sequence`: higher than
   * that of any job of the printer whose create was answered before this one was asked. With a claim that is known
   * already, writes nothing and answers what was claimed. At most 50 jobs a call, else `too-many`. Claims are forgotten after a day.
   */
  create(jobs: Job[], claim?: IdempotencyClaim): Promise<CreateOutcome>;
  /** What was claimed under this key, if anything. */
  claimed(
    claim: IdempotencyClaim,
  ): Promise<Extract<CreateOutcome, { replayed: JobId[] } | 'other-request'> | undefined>;
  get(id: JobId): Promise<Job | undefined>;
  /** Saves over `job.version` and raises it by one. */
  save(job: Job): Promise<Saved<Job>>;
  /**
   * Jobs that hold a place in the printer's order (`isWaiting`), by `sequence` from the lowest. Those that are `known`, as
   * they were just stored, may be answered without being read again.
   */
  waiting(companyId: CompanyId, printer: PrinterName, limit: number, known?: Job[]): Promise<Job[]>;
  /** Newest first; `next` goes back in as `before` for the page that follows. `bad-value` when it never came from here. */
  list(companyId: CompanyId, limit: number, before?: string): Promise<{ jobs: Job[]; next?: string }>;
  /** Jobs with `dueAt` at or before `at`, in no order. The index may lag a second behind. */
  due(at: number, limit: number): Promise<Job[]>;
}

export type CreateOutcome = { created: Job[] } | { replayed: JobId[] } | 'other-request';
