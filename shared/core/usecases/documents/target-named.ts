import type { Principal } from '../../domain/company.ts';
import { type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';

/**
 * The printer of this name in any letter case, as older clients are free with it. The exact name wins; a name that
 * nobody has comes back as it is, for the next step to refuse.
 */
export async function targetNamed(
  ports: Pick<Ports, 'registry'>,
  { companyId }: Principal,
  target: PrinterName,
): Promise<PrinterName> {
  if (await ports.registry.getPrinter(companyId, target)) return target;
  const asked = printerKey(target).toLowerCase();
  const printers = await ports.registry.listPrinters(companyId);
  return printers.find(printer => printerKey(printer).toLowerCase() === asked) ?? target;
}
