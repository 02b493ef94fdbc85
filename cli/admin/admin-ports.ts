import type { CompanyId } from '../../shared/core/domain/ids.ts';
import type { Ports } from '../../shared/core/ports/index.ts';

/** The ports for administration, in AWS or on one machine. */
export interface AdminPorts extends Pick<Ports, 'registry' | 'clock' | 'relayIdentities'> {
  /** how long backups of an installation in AWS remember what was deleted */
  backupDays?: number;
  /** Deletes a company's jobs, events and documents at once. */
  eraseCompany(companyId: CompanyId): Promise<{ jobs: number; documents: number }>;
  /** The key that a server on one machine creates and stores in a file. */
  firstKey?: { digest: string | undefined; replace(secret: string): Promise<void> };
  close?(): Promise<void>;
}
