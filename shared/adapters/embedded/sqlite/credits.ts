import type { CompanyId } from '../../../core/domain/ids.ts';
import type { CreditLedger } from '../../../core/ports/index.ts';
import type { Sqlite } from './sqlite.ts';

/** Longer than the lifetime of any message, including redeliveries. */
const chargeMilliseconds = 30 * 24 * 60 * 60_000;

/** Credits of companies. The ledger update and the mark of a charge are one transaction. */
export function makeCredits(db: Sqlite, now: () => number): CreditLedger {
  const remaining = (companyId: CompanyId) =>
    db.get<{ remaining: number }>('SELECT remaining FROM credits WHERE company = ?', companyId)?.remaining;
  return {
    async remainingCredits(companyId) {
      return remaining(companyId);
    },

    async setCredits(companyId, credits) {
      await db.write(() => {
        if (credits === undefined) db.run('DELETE FROM credits WHERE company = ?', companyId);
        else db.run('INSERT OR REPLACE INTO credits (company, remaining) VALUES (?, ?)', companyId, credits);
      });
    },

    async chargeCredits(companyId, jobId, credits) {
      // most companies have no limit, and need no transaction
      if (remaining(companyId) === undefined) return 'charged';
      return await db.write(() => {
        const left = remaining(companyId);
        if (left === undefined) return 'charged';
        if (db.get('SELECT 1 FROM charges WHERE company = ? AND job = ?', companyId, jobId)) return 'charged';
        if (left < credits) return 'spent';
        db.run('DELETE FROM charges WHERE charged_at < ?', now() - chargeMilliseconds);
        db.run('INSERT INTO charges (company, job, charged_at) VALUES (?, ?, ?)', companyId, jobId, now());
        db.run('UPDATE credits SET remaining = remaining - ? WHERE company = ?', credits, companyId);
        return 'charged';
      });
    },
  };
}
