import type { FileHandle } from 'node:fs/promises';
import { PrintError } from '../../../core/domain/errors.ts';

/*
 * What is kept of a document beside its octets: the media type to tell to whoever reads its address. It stands at the
 * end of the document's own file, so that one rename puts both in place, at a fixed size, so that the size of the file
 * tells the size of the document.
 */

export const trailerOctets = 128;
const mark = '\nplaten document 1 ';

/** @throws PrintError `bad-value` for what no header could carry */
export function checkFormat(format = ''): void {
  const fits = /^[\x20-\x7e]*$/.test(format) && mark.length + format.length < trailerOctets;
  if (!fits) throw new PrintError('bad-value', 'This cannot be the format of a document.');
}

export function trailer(format = ''): Buffer {
  checkFormat(format);
  return Buffer.from(`${mark}${format}`.padEnd(trailerOctets));
}

export async function readFormat(file: FileHandle, octets: number): Promise<string | undefined> {
  const { buffer } = await file.read(Buffer.alloc(trailerOctets), 0, trailerOctets, octets);
  const text = buffer.toString('latin1');
  return (text.startsWith(mark) && text.slice(mark.length).trim()) || undefined;
}
