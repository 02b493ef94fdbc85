import type { Principal } from '../../domain/company.ts';
import { type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';

/**
 * Finds a printer's name in any letter case, since older clients vary it. An exact match wins. A name without a match
 * is returned unchanged: the next step refuses it.
 */
export async function matchPrinterName(
  ports: Pick<Ports, 'registry'>,
  { companyId }: Principal,
  target: PrinterName,
): Promise<PrinterName> {
  if (await ports.registry.getPrinter(companyId, target)) return target;
  const asked = printerKey(target).toLowerCase();
  const printers = await ports.registry.listPrinters(companyId);
  return printers.find(printer => printerKey(printer).toLowerCase() === asked) ?? target;
}
