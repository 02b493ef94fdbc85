import { type Printer, type PrinterName, parsePrinterKey, printerKey } from '../../core/domain/printer.ts';

/*
 * Printers by name. The default one is ours and always there: it prints to a PDF that the client collects. A relay's
 * printers are listed as `location:device`, the form in which the other dialects know them too.
 */

export const filePrinter = 'Platen PDF';
/** What the client names when it wants a preview: always a file, never listed. */
const previewPrinter = 'ScriptX.Services//PrintPreview.1';

const defaultNames = ['', 'default', 'systemdefault', filePrinter.toLowerCase()];

/** In paths a backslash is sent as `||`. */
export const printerInPath = (text: string) => text.replaceAll('||', '\\').replace(/^system::/i, '');

export const isDefaultPrinter = (name: string) => defaultNames.includes(name.trim().toLowerCase());

export const isFilePrinter = (name: string) =>
  isDefaultPrinter(name) || name.replaceAll('\\', '/').toLowerCase() === previewPrinter.toLowerCase();

/** The relay's printer that a name may stand for; undefined for a name that cannot be one. */
export const relayPrinterNamed = (name: string): PrinterName | undefined => parsePrinterKey(name);

export const isListed = (printer: Printer) => printer.active;

export const printerNames = (printers: Printer[]) => [filePrinter, ...printers.filter(isListed).map(printerKey)];

export function printerNamed(printers: Printer[], name: string): Printer | undefined {
  return printers.find(printer => isListed(printer) && printerKey(printer).toLowerCase() === name.trim().toLowerCase());
}
