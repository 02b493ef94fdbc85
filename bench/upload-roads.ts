import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LeanClient } from './lean-client.ts';

/** A way to upload a document, as its clients do it. */
export interface Contender {
  name: string;
  origin: string;
  pid: number;
  /** uploads the document in chunks, and returns a function that removes it */
  upload(client: LeanClient, document: Uint8Array, chunkOctets: number): Promise<End>;
}

type End = (client: LeanClient) => Promise<unknown>;

/** MB per second of concurrent uploads of the same document, each on its own connection. */
export async function measure(contender: Contender, document: Uint8Array, chunk: number, connections: number) {
  const clients = await Promise.all(Array.from({ length: connections }, () => LeanClient.open(contender.origin)));
  const startedAt = performance.now();
  const ends = await Promise.all(clients.map(client => contender.upload(client, document, chunk)));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const client of clients) client.close();
  const last = await LeanClient.open(contender.origin);
  for (const end of ends) await end(last);
  last.close();
  return (document.length * connections) / 1e6 / seconds;
}

async function inTurn(octets: number, chunk: number, put: (from: number, to: number) => Promise<unknown>) {
  for (let from = 0; from < octets; from += chunk) await put(from, Math.min(octets, from + chunk));
}

interface Ours {
  origin: string;
  authorization: string;
  pid: number;
}

export function segments({ origin, authorization, pid }: Ours): Contender {
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
      return last => last.send('DELETE', `/platen/v1/uploads/${file}`, undefined, headers);
    },
  };
}

export function direct({ origin, authorization, pid }: Ours): Contender {
  const json = { authorization, 'content-type': 'application/json' };
  return {
    ...{ name: 'Platen, direct', origin, pid },
    async upload(client, document) {
      const asked = Buffer.from(JSON.stringify({ octets: document.length }));
      const opened = await client.send('POST', '/platen/v1/uploads', asked, json);
      const { id, partOctets, ...upload } = JSON.parse(opened.body);
      // presigned addresses are returned page by page
      for (let { missing } = upload; missing.length > 0; ) {
        for (const { part, octets, url } of missing) {
          const from = (part - 1) * partOctets;
          await client.send('PUT', new URL(url).pathname, document.subarray(from, from + octets));
        }
        missing = JSON.parse((await client.send('GET', `/platen/v1/uploads/${id}`, undefined, json)).body).missing;
      }
      await client.send('POST', `/platen/v1/uploads/${id}/complete`, undefined, json);
      return last => last.send('DELETE', `/platen/v1/uploads/${id}`, undefined, json);
    },
  };
}

interface Peer {
  process: ChildProcess;
  pid: number;
  origin: string;
}

export async function startPeer(name: string, folder: string): Promise<Peer> {
  const script = join(import.meta.dirname, 'upload-peers.ts');
  const peer = spawn(process.execPath, [script, name, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(peer.stdout, 'data');
  return { process: peer, pid: peer.pid as number, origin: `http://127.0.0.1:${String(port).trim()}` };
}

export function tusUpload({ pid, origin }: Peer): Contender {
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
      return last => last.send('DELETE', path, undefined, version);
    },
  };
}

export function barePut({ pid, origin }: Peer): Contender {
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
