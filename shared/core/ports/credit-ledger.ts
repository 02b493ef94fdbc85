import type { CompanyId, JobId } from '../domain/ids.ts';

/** What companies may still spend on conversions. */
export interface CreditLedger {
  /** The credits that remain; undefined if the company has no limit. */
  remainingCredits(companyId: CompanyId): Promise<number | undefined>;
  /** Undefined removes the limit. */
  setCredits(companyId: CompanyId, remaining: number | undefined): Promise<void>;
  /**
   * Takes credits for a job, once: a repeat within 30 days takes nothing and succeeds. Returns `spent`, and takes
   * nothing, if too few remain. Without a limit, nothing is taken.
   */
  chargeCredits(companyId: CompanyId, jobId: JobId, credits: number): Promise<'charged' | 'spent'>;
}
