import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

/*
 * Servers to compare uploads with, each in its own process: `node bench/upload-peers.ts tus|bare FOLDER`, which prints
 * its port.
 */

const [, , peer, folder = ''] = process.argv;

/** Set up as documented: never syncs. */
function tus() {
  const server = new Server({ path: '/files', datastore: new FileStore({ directory: folder }) });
  return createServer(server.handle.bind(server));
}

/** The minimum for durable storage: one file per request, streamed, and synced before the response. */
function bare() {
  return createServer(async (request, response) => {
    await pipeline(request, createWriteStream(join(folder, request.url ?? ''), { flush: true }));
    response.end();
  });
}

const server = peer === 'tus' ? tus() : bare();
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
