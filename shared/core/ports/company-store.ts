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
  listKeys(companyId: CompanyId): Promise<Key[]>;
}
