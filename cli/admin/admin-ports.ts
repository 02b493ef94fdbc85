import type { Ports } from '../../shared/core/ports/index.ts';

/** What administration needs of an installation, in AWS or on one machine. */
export interface AdminPorts extends Pick<Ports, 'registry' | 'clock' | 'relayIdentities'> {
  /** Deletes a company's jobs and documents at once. In AWS they expire. */
  eraseCompany?(companyId: string): Promise<{ jobs: number; documents: number }>;
  /** The key that the server of one machine makes for itself and keeps in a file. */
  firstKey?: { digest: string | undefined; replace(secret: string): Promise<void> };
  close?(): Promise<void>;
}
