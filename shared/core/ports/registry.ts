import type { Company, EnrolmentCode, Key, Relay } from '../domain/company.ts';
import type { CompanyId, JobId, RelayId } from '../domain/ids.ts';
import type { Location, Printer, PrinterName } from '../domain/printer.ts';
import type { Saved } from './saved.ts';

export interface Registry {
  /** Reads stay on this machine, so callers need not remember what they read. */
  readonly isLocal?: boolean;
  getCompany(companyId: CompanyId): Promise<Company | undefined>;
  /** All companies, for the operator; reads the whole registry in AWS. */
  listCompanies(): Promise<Company[]>;
  saveCompany(company: Company): Promise<Saved<Company>>;
  /** Deletes the company's own record and its credits, and nothing else. Deleting what is not there is fine, here and below. */
  deleteCompany(companyId: CompanyId): Promise<void>;
  getKey(digest: string): Promise<Key | undefined>;
  putKey(key: Key): Promise<void>;
  deleteKey(digest: string): Promise<void>;
  listKeys(companyId: CompanyId): Promise<Key[]>;
  getLocation(companyId: CompanyId, locationId: string): Promise<Location | undefined>;
  listLocations(companyId: CompanyId): Promise<Location[]>;
  /** Version 0 creates it. */
  saveLocation(location: Location): Promise<Saved<Location>>;
  deleteLocation(companyId: CompanyId, locationId: string): Promise<void>;
  getPrinter(companyId: CompanyId, name: PrinterName): Promise<Printer | undefined>;
  /** Of one location, or of all. */
  listPrinters(companyId: CompanyId, locationId?: string): Promise<Printer[]>;
  /** Version 0 creates it. */
  savePrinter(printer: Printer): Promise<Saved<Printer>>;
  deletePrinter(companyId: CompanyId, name: PrinterName): Promise<void>;
  getRelay(relayId: RelayId): Promise<Relay | undefined>;
  putRelay(relay: Relay): Promise<void>;
  getEnrolmentCode(digest: string): Promise<EnrolmentCode | undefined>;
  putEnrolmentCode(code: EnrolmentCode): Promise<void>;
  /**
   * Binds a code to its first user and returns the code as stored, also if another user was first. Undefined if there is no such
   * code.
   */
  useEnrolmentCode(digest: string, usedBy: NonNullable<EnrolmentCode['usedBy']>): Promise<EnrolmentCode | undefined>;

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
