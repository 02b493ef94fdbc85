import type { CompanyId } from '../domain/ids.ts';
import type { Location, Printer, PrinterName } from '../domain/printer.ts';
import type { Saved } from './saved.ts';

/** Names in byte order, first and last included; without bounds, all. */
export interface NameRange {
  from?: string;
  to?: string;
  limit?: number;
}

/** Locations and printers of companies. Deleting what does not exist succeeds. */
export interface DeviceRegistry {
  getLocation(companyId: CompanyId, locationId: string): Promise<Location | undefined>;
  listLocations(companyId: CompanyId, range?: NameRange): Promise<Location[]>;
  /** Version 0 creates it. */
  saveLocation(location: Location): Promise<Saved<Location>>;
  deleteLocation(companyId: CompanyId, locationId: string): Promise<void>;
  getPrinter(companyId: CompanyId, name: PrinterName): Promise<Printer | undefined>;
  /** Of one location, or of all. */
  listPrinters(companyId: CompanyId, locationId?: string): Promise<Printer[]>;
  /** Of all locations, by `location:device`. */
  printersIn(companyId: CompanyId, range: NameRange): Promise<Printer[]>;
  /** Version 0 creates it. */
  savePrinter(printer: Printer): Promise<Saved<Printer>>;
  deletePrinter(companyId: CompanyId, name: PrinterName): Promise<void>;
}
