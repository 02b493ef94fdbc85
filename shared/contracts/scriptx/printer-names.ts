import { type Printer, type PrinterName, parsePrinterKey, printerKey } from '../../core/domain/printer.ts';

/*
 * Printers by name. The default printer belongs to this service and always exists: it makes a PDF that the client
 * collects. A relay's printers are listed as `location:device`, the same form as in the other dialects.
 */

export const filePrinter = 'Platen PDF';
/** The printer that the client names for a preview: always a file, never listed. */
const previewPrinter = 'ScriptX.Services//PrintPreview.1';

const defaultNames = ['', 'default', 'systemdefault', filePrinter.toLowerCase()];

/** In paths clients send a backslash as `||`. */
export const printerInPath = (text: string) => text.replaceAll('||', '\\').replace(/^system::/i, '');

export const isDefaultPrinter = (name: string) => defaultNames.includes(name.trim().toLowerCase());

export const isFilePrinter = (name: string) =>
  isDefaultPrinter(name) || name.replaceAll('\\', '/').toLowerCase() === previewPrinter.toLowerCase();

/** The relay's printer that a name may denote; undefined for a name in another form. */
export const relayPrinterNamed = (name: string): PrinterName | undefined => parsePrinterKey(name);

export const isListed = (printer: Printer) => printer.active;

export const printerNames = (printers: Printer[]) => [filePrinter, ...printers.filter(isListed).map(printerKey)];

export function printerNamed(printers: Printer[], name: string): Printer | undefined {
  return printers.find(printer => isListed(printer) && printerKey(printer).toLowerCase() === name.trim().toLowerCase());
}
