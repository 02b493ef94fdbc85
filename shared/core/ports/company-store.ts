import type { Company, Key } from '../domain/company.ts';
import type { CompanyId } from '../domain/ids.ts';
import type { Saved } from './saved.ts';

/** Companies and their keys. Deleting what does not exist succeeds. */
export interface CompanyStore {
  getCompany(companyId: CompanyId): Promise<Company | undefined>;
  /** All companies, for the operator; reads the whole registry in AWS. */
  listCompanies(): Promise<Company[]>;
  saveCompany(company: Company): Promise<Saved<Company>>;
  /** Deletes the company's own record and its credits, and nothing else. */
  deleteCompany(companyId: CompanyId): Promise<void>;
  getKey(digest: string): Promise<Key | undefined>;
  putKey(key: Key): Promise<void>;
  deleteKey(digest: string): Promise<void>;
  /** Records a use, apart from the key: never makes one that was deleted meanwhile. */
  noteKeyUse(digest: string, usedAt: number): Promise<void>;
  /** When these keys were used, by digest; without those that were not, or not within 13 months in AWS. */
  keyUses(digests: string[]): Promise<Map<string, number>>;
  listKeys(companyId: CompanyId): Promise<Key[]>;
}
