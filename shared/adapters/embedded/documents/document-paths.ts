import { join } from 'node:path';
import { PrintError } from '../../../core/domain/errors.ts';

/*
 * Where a document's file stands under the root. A key is any text that S3 would take; a path must not be. Each segment
 * of the key becomes one name in which only lower-case letters, digits, `_` and `-` stand for themselves and every
 * other octet is written `%hh`: so no name is `.` or `..` or holds a separator, no two keys share a file on systems that
 * ignore case, and the key can be read back. Documents end in `.doc`, which no folder's name can, so that `a/b` and
 * `a/b/c` are both possible.
 */

const extension = '.doc';
/** S3's limit [Amazon S3, object key naming] */
const keyOctets = 1024;
/** file systems take 255; the rest is the extension's */
const nameCharacters = 250;

export function documentPath(root: string, key: string): string {
  const isUsable = key.length > 0 && key.isWellFormed() && Buffer.byteLength(key) <= keyOctets;
  if (!isUsable) throw new PrintError('bad-value', 'This cannot be the key of a document.');
  return join(root, ...key.split('/').map(encode)) + extension;
}

/** The folder of a prefix that ends in `/`. */
export const prefixPath = (root: string, prefix: string) => join(root, ...prefix.split('/').slice(0, -1).map(encode));

/** The key of a file under the root, or undefined when it is no document. */
export function keyOf(relativePath: string): string | undefined {
  if (!relativePath.endsWith(extension)) return undefined;
  return relativePath.slice(0, -extension.length).split('/').map(decode).join('/');
}

function encode(segment: string): string {
  if (segment === '') return '%';
  const name = [...Buffer.from(segment)].map(encodeOctet).join('');
  if (name.length > nameCharacters) throw new PrintError('bad-value', 'The key of a document has too long a part.');
  return name;
}

function encodeOctet(octet: number): string {
  const character = String.fromCharCode(octet);
  return /[a-z0-9_-]/.test(character) ? character : `%${octet.toString(16).padStart(2, '0')}`;
}

const decode = (name: string) => (name === '%' ? '' : decodeURIComponent(name));
