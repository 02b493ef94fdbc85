import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { log } from '../../shared/telemetry/log.ts';
import type { RelayStatus } from './relay-status.ts';
import { statusPage } from './status-page.ts';

export interface StatusServer {
  port: number;
  stop(): void;
}

/** Pages of other sites must not read the status by a name that resolves to this machine. */
const ownHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

/** The status of the relay for people and programs of this machine, read only. Undefined when the port is taken. */
export async function serveStatus(port: number, status: () => RelayStatus): Promise<StatusServer | undefined> {
  const server = createServer((request, response) => {
    const { method = '', url = '', headers: given } = request;
    if (!ownHost.test(given.host ?? '')) return response.writeHead(403).end();
    if (method !== 'GET' && method !== 'HEAD') return response.writeHead(405, { allow: 'GET, HEAD' }).end();
    if (url === '/status.json') {
      return response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(status()));
    }
    if (url !== '/') return response.writeHead(404).end();
    const page = statusPage(status(), Date.now());
    return response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    log.warn('status-page-unavailable', { port, error });
    return undefined;
  }
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The status that a running relay serves; undefined when none answers at the port. */
export async function readStatus(port: number): Promise<RelayStatus | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/status.json`, { signal: AbortSignal.timeout(5000) });
    return answer.ok ? ((await answer.json()) as RelayStatus) : undefined;
  } catch {
    // no relay is running, which is an answer
    return undefined;
  }
}
