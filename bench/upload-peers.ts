import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

/*
 * What uploads are measured beside, each in a process of its own: `node bench/upload-peers.ts tus|bare FOLDER`, which
 * says its port on standard output.
 */

const [, , peer, folder = ''] = process.argv;

/** As its documentation sets it up: never syncs. */
function tus() {
  const server = new Server({ path: '/files', datastore: new FileStore({ directory: folder }) });
  return createServer(server.handle.bind(server));
}

/** The least that takes a body to the disk for good: one file a request, streamed and synced before the answer. */
function bare() {
  return createServer(async (request, response) => {
    await pipeline(request, createWriteStream(join(folder, request.url ?? ''), { flush: true }));
    response.end();
  });
}

const server = peer === 'tus' ? tus() : bare();
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
