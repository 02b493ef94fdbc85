import { createHash } from 'node:crypto';
import type { HashConversion } from '../../../core/domain/conversion.ts';
import type { Converted } from '../../../core/ports/index.ts';
import type { ConversionRun } from '../conversion-run.ts';
import { fetchDocument } from './fetch-document.ts';

/** The MD5 of a document in hexadecimal, for clients to compare. It has no security purpose here. */
export async function convertHash({ document }: HashConversion, run: ConversionRun): Promise<Converted> {
  const octets = await fetchDocument(document, run);
  return { bytes: Buffer.from(createHash('md5').update(octets).digest('hex')), warnings: [] };
}
