import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePresigner } from '../shared/aws/presigner.ts';
import { windowOctets } from '../shared/domain/upload-session.ts';
import { AddressSigner } from '../shared/embedded/signed-address.ts';
import { Machine } from '../test/e2e/machine.ts';
import { LeanClient } from './lean-client.ts';
import { median, table } from './statistics.ts';

/*
 * Octets a second onto the disk, over HTTP: segments and direct parts of this server, each durable before its answer,
 * beside @tus/server with its file store, which never syncs, and beside a bare PUT that streams to a file and syncs
 * it. Each in a process of its own, on the same disk, the same octets, in alternating rounds; each upload goes over one
 * connection, one request after another, since that is all that tus can.
 */

const rounds = 7;
const uploadOctets = 96 * 1024 * 1024;
const chunkSizes = [256 * 1000, 512 * 1000];
const connectionCounts = [1, 4];

interface Contender {
  name: string;
  origin: string;
  pid: number;
  /** puts all of the document in chunks, and answers what takes it away again */
  upload(client: LeanClient, document: Uint8Array, chunkOctets: number): Promise<() => Promise<unknown>>;
}

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
  } finally {
    for (const peer of [tus, bare]) peer.process.kill();
    await machine.remove();
    await rm(folder, { recursive: true });
  }
}

/** Medians of the rounds; ratios are taken within a round, so that a machine that changes its mind does not matter. */
async function compare(contenders: Contender[], document: Uint8Array, chunk: number, connections: number) {
  const rates = contenders.map(() => [] as number[]);
  const peaks = contenders.map(() => 0);
  for (const contender of contenders) await measure(contender, document.subarray(0, 8 * chunk), chunk, 1);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const idle = await residentOctets(contender.pid, 'VmRSS');
      await forgetPeak(contender.pid);
      rates[index]?.push(await measure(contender, document, chunk, connections));
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

/** MB a second, of uploads that go on at once over a connection each. */
async function measure(contender: Contender, document: Uint8Array, chunk: number, connections: number) {
  const clients = await Promise.all(Array.from({ length: connections }, () => LeanClient.open(contender.origin)));
  const share = document.subarray(0, Math.floor(document.length / connections));
  const startedAt = performance.now();
  const ends = await Promise.all(clients.map(client => contender.upload(client, share, chunk)));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const end of ends) await end();
  for (const client of clients) client.close();
  return (share.length * connections) / 1e6 / seconds;
}

async function inTurn(octets: number, chunk: number, put: (from: number, to: number) => Promise<unknown>) {
  for (let from = 0; from < octets; from += chunk) await put(from, Math.min(octets, from + chunk));
}

interface Ours {
  origin: string;
  authorization: string;
  pid: number;
}

function segments({ origin, authorization, pid }: Ours): Contender {
  const headers = { authorization };
  return {
    ...{ name: 'Platen, segments', origin, pid },
    async upload(client, document, chunk) {
      const { body: file } = await client.send('GET', '/api/tempfile', undefined, headers);
      await inTurn(document.length, chunk, async (from, to) => {
        const path = `/api/putsegment?file=${file}&index=${from}`;
        const { body } = await client.send('PUT', path, document.subarray(from, to), headers);
        if (body !== String(to - from)) throw new Error(body);
      });
      return () => client.send('DELETE', `/platen/v1/uploads/${file}`, undefined, headers);
    },
  };
}

function direct({ origin, authorization, pid }: Ours): Contender {
  const json = { authorization, 'content-type': 'application/json' };
  return {
    ...{ name: 'Platen, direct', origin, pid },
    async upload(client, document) {
      const asked = Buffer.from(JSON.stringify({ octets: document.length }));
      const opened = await client.send('POST', '/platen/v1/uploads', asked, json);
      const { id, missing } = JSON.parse(opened.body);
      let from = 0;
      for (const { octets, url } of missing) {
        await client.send('PUT', new URL(url).pathname, document.subarray(from, from + octets));
        from += octets;
      }
      await client.send('POST', `/platen/v1/uploads/${id}/complete`, undefined, json);
      return () => client.send('DELETE', `/platen/v1/uploads/${id}`, undefined, json);
    },
  };
}

interface Peer {
  process: ChildProcess;
  pid: number;
  origin: string;
}

async function startPeer(name: string, folder: string): Promise<Peer> {
  const script = join(import.meta.dirname, 'upload-peers.ts');
  const peer = spawn(process.execPath, [script, name, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(peer.stdout, 'data');
  return { process: peer, pid: peer.pid as number, origin: `http://127.0.0.1:${String(port).trim()}` };
}

function tusUpload({ pid, origin }: Peer): Contender {
  const version = { 'tus-resumable': '1.0.0' };
  return {
    ...{ name: '@tus/server', origin, pid },
    async upload(client, document, chunk) {
      const length = { ...version, 'upload-length': String(document.length) };
      const { headers } = await client.send('POST', '/files', undefined, length);
      const path = new URL(headers.location ?? '').pathname;
      await inTurn(document.length, chunk, (from, to) =>
        client.send('PATCH', path, document.subarray(from, to), {
          ...version,
          'upload-offset': String(from),
          'content-type': 'application/offset+octet-stream',
        }),
      );
      return () => client.send('DELETE', path, undefined, version);
    },
  };
}

function barePut({ pid, origin }: Peer): Contender {
  let files = 0;
  return {
    ...{ name: 'bare PUT and fsync', origin, pid },
    async upload(client, document, chunk) {
      await inTurn(document.length, chunk, (from, to) =>
        client.send('PUT', `/${files++ % 50}`, document.subarray(from, to)),
      );
      return async () => {};
    },
  };
}

/** Linux's own account of a process, in octets; NaN elsewhere. */
async function residentOctets(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** [proc(5), clear_refs]: 5 sets the peak back to what is resident now. */
const forgetPeak = (pid: number) => writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);

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
