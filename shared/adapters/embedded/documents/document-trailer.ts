import type { FileHandle } from 'node:fs/promises';
import { PrintError } from '../../../core/domain/errors.ts';

/*
 * The media type of a document, stored at the end of its file: one rename puts both in place. The trailer has a fixed
 * size, so the file size gives the document size.
 */

export const trailerOctets = 128;
const mark = '\nplaten document 1 ';

/** Throws `bad-value` if the type cannot be sent in a header. */
export function checkFormat(format = ''): void {
  const fits = /^[\x20-\x7e]*$/.test(format) && mark.length + format.length < trailerOctets;
  if (!fits) throw new PrintError('bad-value', `Invalid media type "${format}".`);
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
