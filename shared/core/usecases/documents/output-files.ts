import { Readable } from 'node:stream';
import { formatOfFile, outputKey, type StoredDocument } from '../../domain/document.ts';
import type { Job } from '../../domain/job.ts';
import { outputFileKey, outputFilesPrefix, outputList } from '../../domain/output-file.ts';
import type { Converted, Octets, Ports } from '../../ports/index.ts';
import { countMade } from '../uploads/stored-octets.ts';

/** The job that takes the output is saved next, durably. */
const untilTheJob = { isSyncedLater: true };

type OutputPorts = Pick<Ports, 'documents' | 'registry' | 'storedOctets' | 'clock'>;

/** Stores the result of a job under a new key. Several files are stored with their list, the list last. */
export async function storeConverted(
  ports: OutputPorts,
  { companyId, id, output }: Job,
  bytes: Converted<Octets>['bytes'],
): Promise<StoredDocument> {
  const key = outputKey(companyId, id, ports.clock.token());
  const contentOf = async (octets: Octets) => {
    const content = octets instanceof Uint8Array ? octets : await octets();
    if (!output?.isBase64) return content;
    return content instanceof Uint8Array ? base64Of(content) : Readable.from(piecesInBase64(content));
  };
  if (!Array.isArray(bytes)) {
    const document = await ports.documents.put(key, await contentOf(bytes), untilTheJob);
    await countMade(ports, companyId, document.octets);
    return document;
  }
  const stem = output?.fileName.replace(/\.[^.]*$/, '') ?? 'document';
  const files = [];
  for (const [index, file] of bytes.entries()) {
    const name = stem + file.suffix;
    const { octets, format } = await ports.documents.put(
      outputFileKey(key, index),
      await contentOf(file.bytes),
      untilTheJob,
    );
    files.push({ name, octets, format: formatOfFile(name, format) });
  }
  await countMade(
    ports,
    companyId,
    files.reduce((sum, { octets }) => sum + octets, 0),
  );
  return await ports.documents.put(key, outputList(files), untilTheJob);
}

const base64Of = (octets: Uint8Array) =>
  Buffer.from(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64'));

/** Encodes piece by piece: three octets become four characters, so what is left of a piece goes into the next one. */
async function* piecesInBase64(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let left = Buffer.alloc(0);
  for await (const piece of pieces) {
    const octets = Buffer.concat([left, piece]);
    const whole = octets.length - (octets.length % 3);
    yield base64Of(octets.subarray(0, whole));
    left = octets.subarray(whole);
  }
  yield base64Of(left);
}

/** Deletes an output with all its files. Idempotent. */
export async function deleteOutput({ documents }: Pick<Ports, 'documents'>, key: string): Promise<void> {
  const files = await documents.list(outputFilesPrefix(key));
  await documents.delete([key, ...files.map(file => file.key)]);
}
