import { createHash } from 'node:crypto';
import type { HashConversion } from '../domain/conversion.ts';
import type { Converted } from '../ports.ts';
import type { Undertaking } from './converter.ts';
import { fetchDocument } from './fetch-document.ts';

/** The MD5 of a document, in hexadecimal: what clients compare, not what anything here relies on. */
export async function convertHash({ document }: HashConversion, undertaking: Undertaking): Promise<Converted> {
  const octets = await fetchDocument(document, undertaking);
  return { bytes: Buffer.from(createHash('md5').update(octets).digest('hex')), warnings: [] };
}
