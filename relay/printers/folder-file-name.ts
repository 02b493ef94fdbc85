import { truncate } from '../../shared/ipp/attributes.ts';
import type { Ticket } from '../../shared/protocol/relay-protocol.ts';

const extensions = new Map([
  ['application/pdf', 'pdf'],
  ['application/postscript', 'ps'],
  ['application/vnd.hp-pcl', 'pcl'],
  ['application/vnd.hp-pclxl', 'pxl'],
  ['application/vnd.zebra-zpl', 'zpl'],
  ['application/zpl', 'zpl'],
  ['x-application/zpl', 'zpl'],
  ['application/vnd.epson.escpr', 'prn'],
  ['image/pwg-raster', 'pwg'],
  ['image/urf', 'urf'],
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/tiff', 'tif'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
]);
const otherExtension = 'bin';

/** with the id and the extension well below 143, the least that a file system in use here allows (ecryptfs) */
const maxNameOctets = 100;
/** enough that two jobs of one name do not meet in a folder, and short enough to read aloud */
const idDigits = 12;
const fallback = 'document';

/** what some file system or shell reads as more than a letter: separators, wildcards, controls, turned writing */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu;
/** names that are devices on Windows, which may look into this folder over the network, with any extension */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * A job's file in a folder. The same job always has the same name, so that writing it again replaces it, and the
 * job-id keeps two jobs apart whatever people call them.
 */
export function folderFileName({ name, jobId, format }: Pick<Ticket, 'name' | 'jobId' | 'format'>): string {
  const mediaType = format.split(';')[0]?.trim().toLowerCase() ?? '';
  const extension = extensions.get(mediaType) ?? otherExtension;
  const tidy = name.toWellFormed().normalize('NFC').replace(unsafe, ' ').replace(/\s+/g, ' ').trim();
  const bare = tidy.toLowerCase().endsWith(`.${extension}`) ? tidy.slice(0, -extension.length - 1) : tidy;
  // a leading point hides a file; a trailing point or blank is dropped by some systems, and names then collide
  const visible = truncate(bare.replace(/^[.\s]+/, ''), maxNameOctets).replace(/[.\s]+$/, '');
  const base = visible.replace(windowsDevice, '_$1') || fallback;
  return `${base}-${jobId.slice(0, idDigits)}.${extension}`;
}
