import { PrintError } from '../../domain/errors.ts';
import { type Printer, printerKey, takesFormat } from '../../domain/printer.ts';

const names: Record<string, string> = {
  'application/pdf': 'PDF',
  'application/postscript': 'PostScript',
  'application/vnd.hp-pcl': 'PCL',
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/pwg-raster': 'PWG raster',
  'image/urf': 'Apple raster',
  'text/plain': 'plain text',
};
const nameOf = (format: string) => names[format.split(';')[0]?.trim().toLowerCase() ?? ''] ?? format;

/** Throws `unsupported-media-type` when one of the printers does not support the format: the job would fail later. */
export function refuseFormat(printers: Printer[], format: string): void {
  const unable = printers.find(({ device }) => device && !takesFormat(device, format));
  if (!unable) return;
  const listed = unable.device?.attributes['document-format-supported'] ?? [];
  const taken = [...new Set(listed.filter(name => name !== 'application/octet-stream').map(nameOf))].join(', ');
  throw new PrintError(
    'unsupported-media-type',
    `${printerKey(unable)} takes ${taken}; this document is ${nameOf(format)}. Convert it to PDF first.`,
  );
}
