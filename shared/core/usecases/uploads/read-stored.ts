import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { outputKey, type StoredDocument, sniffedOctets, sniffFormat } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { Ports } from '../../ports/index.ts';
import { inflateStream } from './inflate.ts';
import { countMade } from './stored-octets.ts';

/** Returns the document of a job whose octets are stored as the client sent them: measured, and inflated if compressed. */
export async function readStored(
  ports: Pick<Ports, 'documents' | 'registry' | 'storedOctets' | 'clock'>,
  { companyId, id, source }: Job,
): Promise<StoredDocument> {
  if (source.kind === 'ready') return source.document;
  const stored = await ports.documents.read(source.key);
  if (!stored) throw new PrintError('document-access-error', 'The document is no longer stored. Submit a new job.');
  const { compression, sha256 } = source.kind === 'stored' ? source : {};
  if (!compression) return checkDigest(await measure(source.key, stored), sha256);
  const key = outputKey(companyId, id, ports.clock.token());
  const document = await ports.documents.put(key, inflateStream(stored, compression));
  await countMade(ports, companyId, document.octets);
  return document;
}

/** Throws `document-format-error` when the document does not have the digest that the client announced. */
export function checkDigest(document: StoredDocument, sha256: string | undefined): StoredDocument {
  if (sha256 === undefined || document.sha256 === sha256) return document;
  throw new PrintError(
    'document-format-error',
    `The document's SHA-256 differs from the announced one: it is ${document.sha256}, not ${sha256}.`,
  );
}

/** Reads a stored document once to get its size, digest and format. */
export async function measure(key: string, stored: Readable): Promise<StoredDocument> {
  const hash = createHash('sha256');
  let head: Buffer = Buffer.alloc(0);
  let octets = 0;
  for await (const chunk of stored as AsyncIterable<Buffer>) {
    hash.update(chunk);
    octets += chunk.length;
    if (head.length < sniffedOctets) head = Buffer.concat([head, chunk.subarray(0, sniffedOctets)]);
  }
  return { key, octets, sha256: hash.digest('hex'), format: sniffFormat(head) };
}
