import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Machine } from '../doubles/machine.ts';
import { forgetPeak, residentOctets } from '../doubles/resident.ts';
import { makePresigner } from '../shared/adapters/aws/s3/presigner.ts';
import { AddressSigner } from '../shared/adapters/embedded/documents/signed-address.ts';
import { windowOctets } from '../shared/core/domain/upload-session.ts';
import { median, table } from './statistics.ts';
import { uploadMemory } from './upload-memory.ts';
import { barePut, type Contender, direct, measure, segments, startPeer, tusUpload } from './upload-roads.ts';

/*
 * Upload throughput to disk over HTTP: segments and direct parts of this server, each durable before its response,
 * compared with @tus/server with its file store, which never syncs, and with a bare PUT that streams to a file and
 * syncs it. Each server has its own process on the same disk, with the same octets, in alternating rounds. Each upload
 * uses one connection and one request at a time, since tus supports no more.
 */

const rounds = 7;
const uploadOctets = 96 * 1024 * 1024;
const chunkSizes = [256 * 1000, 512 * 1000];
const connectionCounts = [1, 4];

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-bench-'));
  const machine = await Machine.make();
  const { endpoint, key } = await machine.start();
  const [tus, bare] = [await startPeer('tus', folder), await startPeer('bare', folder)];
  const ours = { origin: endpoint, authorization: `Bearer ${key}`, pid: machine.pid };
  const byChunks = [segments(ours), tusUpload(tus), barePut(bare)];
  const byParts = [direct(ours), barePut(bare)];
  try {
    const document = randomBytes(uploadOctets);
    const rows: (string | number)[][] = [];
    for (const connections of connectionCounts) {
      for (const chunk of chunkSizes) rows.push(...(await compare(byChunks, document, chunk, connections)));
      rows.push(...(await compare(byParts, document, windowOctets, connections)));
    }
    console.log(table(['', 'connections', 'chunk kB', 'MB/s', 'ours to this', 'peak MB above idle'], rows));
    presigning();
    await uploadMemory();
  } finally {
    for (const peer of [tus, bare]) peer.process.kill();
    await machine.remove();
    await rm(folder, { recursive: true });
  }
}

/** Medians of the rounds. Ratios are computed within a round, so changing load does not matter. */
async function compare(contenders: Contender[], document: Uint8Array, chunk: number, connections: number) {
  const rates = contenders.map(() => [] as number[]);
  const peaks = contenders.map(() => 0);
  const share = document.subarray(0, Math.floor(document.length / connections));
  for (const contender of contenders) await measure(contender, document.subarray(0, 8 * chunk), chunk, 1);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const idle = await residentOctets(contender.pid, 'VmRSS');
      await forgetPeak(contender.pid);
      rates[index]?.push(await measure(contender, share, chunk, connections));
      peaks[index] = Math.max(peaks[index] as number, (await residentOctets(contender.pid, 'VmHWM')) - idle);
    }
  }
  const [ours = []] = rates;
  return contenders.map(({ name }, index) => {
    const its = rates[index] as number[];
    const ratio = median(its.map((rate, round) => (ours[round] as number) / rate));
    return [name, String(connections), String(chunk / 1000), median(its), ratio, (peaks[index] as number) / 1e6];
  });
}

function presigning(): void {
  const credentials = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const presign = makePresigner({ region: 'eu-central-1', bucket: 'documents', credentials, now: Date.now });
  const signer = new AddressSigner(randomBytes(32), () => 'https://platen.test', Date.now);
  const key = `companies/main/documents/${'0'.repeat(32)}`;
  const signS3 = (part: number) =>
    presign({
      method: 'PUT',
      key,
      expiresSeconds: 3600,
      query: { partNumber: String(part), uploadId: 'x'.repeat(100) },
    });
  const signOwn = (part: number) => signer.sign({ kind: 'part', key, multipartId: '0'.repeat(32), part }, 3600);
  console.log(`\npresigning a part: ${microseconds(signS3)} us for S3, ${microseconds(signOwn)} us for this server`);
}

function microseconds(sign: (part: number) => string): string {
  const batches = Array.from({ length: 20 }, () => {
    const startedAt = performance.now();
    for (let part = 1; part <= 500; part++) sign(part);
    return ((performance.now() - startedAt) / 500) * 1000;
  });
  return median(batches).toPrecision(3);
}
