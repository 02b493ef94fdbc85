import type { Readable } from 'node:stream';
import type { StoredDocument } from '../../../core/domain/document.ts';
import type { DocumentStore, Part, PutOptions } from '../../../core/ports/index.ts';
import { log } from '../../../telemetry/log.ts';
import { DocumentMeter } from './document-meter.ts';

/** S3 requires lengths before octets, so this much is buffered; a shorter stream is a single put. */
const partOctets = 8 * 1024 * 1024;
/** Parts uploading while the next one is read. */
const partsAtOnce = 3;

type Store = Pick<DocumentStore, 'createMultipart' | 'putPart' | 'completeMultipart' | 'abortMultipart'>;

/** Stores a stream of unknown length, in parts if it is long. A stream that fails leaves nothing. */
export async function putStream(
  store: Store,
  putWhole: (bytes: Uint8Array) => Promise<void>,
  key: string,
  source: Readable,
  options?: PutOptions,
): Promise<StoredDocument> {
  const meter = new DocumentMeter();
  const blocks = blocksOf(source, meter);
  const first = (await blocks.next()).value ?? Buffer.alloc(0);
  const second = await blocks.next();
  if (second.done) await putWhole(first);
  else await putParts(store, key, [first, second.value], blocks, options);
  return meter.document(key);
}

async function putParts(
  store: Store,
  key: string,
  begun: Buffer[],
  rest: AsyncGenerator<Buffer>,
  options?: PutOptions,
): Promise<void> {
  const id = await store.createMultipart(key, partOctets, options);
  const sending = new Set<Promise<unknown>>();
  const parts: Part[] = [];
  const send = async (bytes: Buffer) => {
    const part = parts.length + 1;
    const entry: Part = { part, etag: '', octets: bytes.length };
    parts.push(entry);
    const sent = store.putPart(key, id, part, bytes).then(etag => {
      entry.etag = etag;
      sending.delete(sent);
    });
    sending.add(sent);
    if (sending.size >= partsAtOnce) await Promise.race(sending);
  };
  try {
    for (const bytes of begun) await send(bytes);
    for await (const bytes of rest) await send(bytes);
    await Promise.all(sending);
    const outcome = await store.completeMultipart(key, id, parts);
    if (typeof outcome === 'string')
      throw new Error(`The multipart upload of ${key} could not be completed: ${outcome}.`);
  } catch (error) {
    await Promise.allSettled(sending);
    await store.abortMultipart(key, id).catch(failure => log.warn('parts-not-removed', { key, error: failure }));
    throw error;
  }
}

/** Splits the stream in blocks of `partOctets`; the last one may be shorter. */
async function* blocksOf(source: Readable, meter: DocumentMeter): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of source) {
    let bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    meter.add(bytes);
    while (octets + bytes.length >= partOctets) {
      const end = partOctets - octets;
      yield Buffer.concat([...held, bytes.subarray(0, end)]);
      held = [];
      octets = 0;
      bytes = bytes.subarray(end);
    }
    held.push(bytes);
    octets += bytes.length;
  }
  if (octets > 0) yield Buffer.concat(held);
}
