import type { CompanyId } from '../domain/ids.ts';

export interface StoredOctets {
  /**
   * Counts octets that a company is about to store, or has just stored. Returns false, and counts nothing, if they and
   * what the company keeps would be more than `atMost`. On one machine what it keeps is measured, at most five minutes
   * ago, and when it seems to be full at most ten seconds ago. In AWS it is what was counted on this day and the 35 days
   * before, whether deleted or not. A negative number takes back what was counted and is not stored.
   */
  add(companyId: CompanyId, octets: number, atMost?: number): Promise<boolean>;
}
