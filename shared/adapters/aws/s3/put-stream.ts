import type { Readable } from 'node:stream';
import type { StoredDocument } from '../../../core/domain/document.ts';
import type { DocumentStore, Part, PutOptions } from '../../../core/ports/index.ts';
import { Measure } from './measure.ts';

/** S3 wants lengths before octets: this much is held, and a stream that ends within it is one object put at once. */
const partOctets = 8 * 1024 * 1024;
/** Parts that are on their way to S3 while the next one is read. */
const partsAtOnce = 3;

type Store = Pick<DocumentStore, 'createMultipart' | 'putPart' | 'completeMultipart' | 'abortMultipart'>;

/** Stores a stream of unknown length, in parts when it is long. A stream that fails leaves nothing. */
export async function putStream(
  store: Store,
  putWhole: (bytes: Uint8Array) => Promise<void>,
  key: string,
  source: Readable,
  options?: PutOptions,
): Promise<StoredDocument> {
  const measure = new Measure();
  const blocks = blocksOf(source, measure);
  const first = (await blocks.next()).value ?? Buffer.alloc(0);
  const second = await blocks.next();
  if (second.done) await putWhole(first);
  else await putParts(store, key, [first, second.value], blocks, options);
  return measure.document(key);
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
    if (typeof outcome === 'string') throw new Error(`The parts of ${key} went away: ${outcome}.`);
  } catch (error) {
    await Promise.allSettled(sending);
    await store.abortMultipart(key, id).catch(() => undefined);
    throw error;
  }
}

/** The stream in blocks of `partOctets`, the last one shorter. */
async function* blocksOf(source: Readable, measure: Measure): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of source) {
    let bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    measure.add(bytes);
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
