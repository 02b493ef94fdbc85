import { closest } from '../../domain/closest.ts';
import type { Principal } from '../../domain/company.ts';
import { PrintError, quote } from '../../domain/errors.ts';
import type { CompanyId, RelayId } from '../../domain/ids.ts';
import { type Printer, type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';

/** The jobs of a request are written in one transaction, all or none. */
export const maximumTargets = 50;

/** A printer that accepts jobs, and the relay of its location. */
export type AcceptingPrinter = Printer & { relayId: RelayId | undefined };

/** Refuses a request before any work is done for it. Returns the printers in target order. */
export async function acceptingPrinters(
  ports: Pick<Ports, 'registry'>,
  principal: Principal,
  { targets, ownCompanyId }: { targets: PrinterName[]; ownCompanyId?: string },
): Promise<AcceptingPrinter[]> {
  if (ownCompanyId !== undefined && ownCompanyId !== principal.companyId) {
    throw new PrintError('not-found', `Unknown company ${quote(ownCompanyId)}.`);
  }
  if (targets.length > maximumTargets) {
    throw new PrintError(
      'too-many',
      `The request names ${targets.length} printers. At most ${maximumTargets} are allowed.`,
    );
  }
  return await Promise.all(targets.map(target => acceptingPrinter(ports, principal, target)));
}

async function acceptingPrinter(ports: Pick<Ports, 'registry'>, { companyId }: Principal, target: PrinterName) {
  const [location, printer] = await Promise.all([
    ports.registry.getLocation(companyId, target.locationId),
    ports.registry.getPrinter(companyId, target),
  ]);
  if (!location || !printer) throw await unknownPrinter(ports, companyId, target);
  if (!location.active) throw new PrintError('printer-not-accepting', `Location ${target.locationId} is inactive.`);
  if (!printer.active) throw new PrintError('printer-not-accepting', `Printer ${printerKey(target)} is inactive.`);
  return { ...printer, relayId: location.relayId };
}

async function unknownPrinter({ registry }: Pick<Ports, 'registry'>, companyId: CompanyId, target: PrinterName) {
  const known = (await registry.listPrinters(companyId)).map(printerKey);
  const meant = closest(printerKey(target), known);
  return new PrintError('not-found', `Unknown printer ${printerKey(target)}.${meant ? ` Did you mean ${meant}?` : ''}`);
}
