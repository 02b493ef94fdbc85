import { join } from 'node:path';
import { PrintError } from '../../../core/domain/errors.ts';

/*
 * Paths of document files. A key is any text that S3 accepts; a path is not. Each segment of the key becomes one file
 * name in which lower-case letters, digits, `_` and `-` are literal and every other octet is `%hh`. So no name is `.`
 * or `..` or contains a separator, keys never collide on case-insensitive file systems, and the key can be recovered
 * from the path. Documents end in `.doc`, which no folder name can, so both `a/b` and `a/b/c` are possible.
 */

const extension = '.doc';
/** S3's limit [Amazon S3, object key naming] */
const keyOctets = 1024;
/** file systems allow 255; the rest is for the extension */
const nameCharacters = 250;

export function documentPath(root: string, key: string): string {
  const isUsable = key.length > 0 && key.isWellFormed() && Buffer.byteLength(key) <= keyOctets;
  if (!isUsable) throw new PrintError('bad-value', 'Invalid document key.');
  return join(root, ...key.split('/').map(encode)) + extension;
}

/** The folder of a prefix that ends in `/`. */
export const prefixPath = (root: string, prefix: string) => join(root, ...prefix.split('/').slice(0, -1).map(encode));

/** Recovers the key from a path below the root; undefined if the file is not a document. */
export function keyOf(relativePath: string): string | undefined {
  if (!relativePath.endsWith(extension)) return undefined;
  return relativePath.slice(0, -extension.length).split('/').map(decode).join('/');
}

function encode(segment: string): string {
  if (segment === '') return '%';
  const name = segment.replace(/[^a-z0-9_-]+/g, octetsInHex);
  if (name.length > nameCharacters)
    throw new PrintError(
      'bad-value',
      `Invalid document key: a segment is longer than ${nameCharacters} characters when encoded.`,
    );
  return name;
}

const octetsInHex = (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&');

const decode = (name: string) => (name === '%' ? '' : decodeURIComponent(name));
