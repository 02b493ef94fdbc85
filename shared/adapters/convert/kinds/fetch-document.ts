import type { Readable } from 'node:stream';
import type { OctetSource } from '../../../core/domain/conversion.ts';
import { allowFetch } from '../../../protocol/config.ts';
import { egressFetch, readBody } from '../../web/egress-fetch.ts';
import { RenderError } from '../../web/render-error.ts';
import type { ConversionRun } from '../conversion-run.ts';

/** The most octets that one conversion holds in memory. */
export const maxOctets = 256 * 1024 * 1024;

/**
 * The octets of a document, from the store or from its address.
 * @throws RenderError `bad-address`, `not-reachable`, `access-denied`, `forbidden-address`, `timeout`, `too-large`
 */
export async function fetchDocument(
  document: OctetSource,
  run: ConversionRun,
  atMostOctets = maxOctets,
): Promise<Uint8Array> {
  if (document.kind !== 'url') {
    const stored = await run.read(document);
    if (!stored) throw new RenderError('not-reachable', 'The document is no longer stored.');
    return await readAtMost(stored, atMostOctets);
  }
  run.onStep('downloading');
  const bytes = await run.meanwhile(fetchAddress(document, run, atMostOctets));
  run.onStep('downloaded');
  return bytes;
}

async function fetchAddress(
  { url, credentials, cookies = [] }: OctetSource & { kind: 'url' },
  run: ConversionRun,
  atMostOctets: number,
): Promise<Uint8Array> {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const response = await egressFetch(url, {
    allowFetch: allowFetch(),
    headers: cookie ? { cookie } : {},
    credentials,
    maxOctets: atMostOctets,
    deadlineMs: run.deadlineMs,
    signal: run.signal,
  });
  if (response.status >= 400) {
    response.body.destroy();
    const code = response.status === 401 || response.status === 403 ? 'access-denied' : 'not-reachable';
    throw new RenderError(code, `The address answers with an error: HTTP ${response.status}.`);
  }
  return await readBody(response);
}

async function readAtMost(stored: Readable, atMostOctets: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of stored as AsyncIterable<Uint8Array>) {
    octets += piece.length;
    if (octets > atMostOctets)
      throw new RenderError('too-large', `The document is larger than ${atMostOctets} octets.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Readers find the header anywhere in the first 1024 octets [ISO 32000-1, Annex H, note 13]. */
export function checkIsPdf(bytes: Uint8Array): void {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1');
  if (head.includes('%PDF-')) return;
  const isPage = /^\s*<(!doctype|html|\?xml)/i.test(head);
  throw new RenderError('bad-pdf', isPage ? 'The document is a web page and not a PDF.' : 'The document is not a PDF.');
}
