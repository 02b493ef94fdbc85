import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { type EgressPolicy, resolveDestination } from './egress-policy.ts';
import { RenderError } from './render-error.ts';
import { openTrafficMeter, type TrafficMeter } from './traffic-meter.ts';

/**
 * The one way out for the browser: a forward proxy on loopback inside our process. Request interception in the
 * browser does not see workers, WebSockets, favicons and preconnects; a proxy that the browser cannot pass by does.
 * Each browser context has credentials of its own, which makes them the job's name here (its octets are counted
 * together) and keeps other local processes out. Redirects come as new requests and are checked as such.
 */
export interface EgressProxy {
  /** of 127.0.0.1 */
  port: number;
  /** New credentials, good until `close` of the traffic they stand for. */
  admit(): TrafficMeter;
  close(): Promise<void>;
}

/** The browser requests this address once per context and is asked for its credentials; it never leaves this process. */
export const credentialCheckUrl = 'http://credentials.platen.invalid/';

const connectTimeoutMs = 15_000;

// Of the connection, not of the message [RFC 9110 7.6.1]; credentials for us must not travel on.
const hopByHop = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
const isForUs = (name: string) => name.startsWith('proxy-') || hopByHop.includes(name);

export async function openEgressProxy(policy: EgressPolicy): Promise<EgressProxy> {
  const admitted = new Map<string, { secret: Buffer; traffic: TrafficMeter }>();
  const sockets = new Set<Duplex>();

  function trafficOf(message: IncomingMessage): TrafficMeter | undefined {
    const [, encoded = ''] = /^Basic (.+)$/i.exec(message.headers['proxy-authorization'] ?? '') ?? [];
    const [name = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
    const entry = admitted.get(name);
    const shown = Buffer.from(secret);
    const matches = entry && shown.length === entry.secret.length && timingSafeEqual(shown, entry.secret);
    return matches ? entry.traffic : undefined;
  }

  const server = createServer((message, response) => {
    const traffic = trafficOf(message);
    if (!traffic) return challenge(response);
    if (message.url === credentialCheckUrl) return void response.writeHead(204).end();
    forward(message, response, traffic, policy).catch(error => refuse(response, traffic, message.url ?? '', error));
  });
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (message: IncomingMessage, client: Duplex) => {
    client.on('error', () => client.destroy());
    const traffic = trafficOf(message);
    if (!traffic) {
      client.end('HTTP/1.1 407 Credentials\r\nProxy-Authenticate: Basic realm="platen"\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    tunnel(message, client, traffic, policy).catch(error => {
      traffic.recordFailure(`https://${message.url}`, error);
      client.end('HTTP/1.1 403 Refused\r\nContent-Length: 0\r\n\r\n');
    });
  });
  server.unref();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    admit() {
      const name = randomBytes(8).toString('hex');
      const secret = randomBytes(16).toString('hex');
      const traffic = openTrafficMeter({ username: name, password: secret }, () => admitted.delete(name));
      admitted.set(name, { secret: Buffer.from(secret), traffic });
      return traffic;
    },
    async close() {
      for (const { traffic } of admitted.values()) traffic.close();
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function challenge(response: ServerResponse): void {
  response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="platen"' }).end();
}

/** An empty response: a forbidden picture or frame stays blank, and the page still prints. */
function refuse(response: ServerResponse, traffic: TrafficMeter, url: string, error: unknown): void {
  traffic.recordFailure(url, error);
  if (response.headersSent) response.destroy();
  else response.writeHead(403).end();
}

/** Plain http: repeats the request to the pinned address. */
async function forward(
  message: IncomingMessage,
  response: ServerResponse,
  traffic: TrafficMeter,
  policy: EgressPolicy,
) {
  const url = URL.parse(message.url ?? '');
  if (url?.protocol !== 'http:') throw new RenderError('forbidden-address', 'Only http may be forwarded.');
  const { address, family, port } = await resolveDestination(url.hostname, Number(url.port || 80), policy);
  const headers = Object.fromEntries(Object.entries(message.headers).filter(([name]) => !isForUs(name)));
  const path = url.pathname + url.search;
  const onward = request({ host: address, family, port, path, method: message.method, headers, agent: false });
  onward.on('socket', socket => traffic.follow(socket));
  onward.setTimeout(connectTimeoutMs, () => {
    if (onward.socket?.connecting) onward.destroy(new Error('no connection in time'));
  });
  onward.on('response', answer => {
    const kept = Object.entries(answer.headers).filter(([name]) => !isForUs(name));
    response.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept));
    answer.on('error', () => response.destroy());
    readAhead(answer, response);
  });
  onward.on('error', cause => {
    // a page that navigates drops its requests, which is not a failure
    if (response.destroyed) return;
    const error = new RenderError('not-reachable', `${url.host} does not answer.`, { cause });
    refuse(response, traffic, url.href, error);
  });
  response.on('close', () => onward.destroy());
  message.pipe(onward);
}

/** https and WebSockets: forwards octets in both directions, to the pinned address. */
async function tunnel(message: IncomingMessage, client: Duplex, traffic: TrafficMeter, policy: EgressPolicy) {
  const target = URL.parse(`http://${message.url}`);
  const port = Number(/:(\d+)$/.exec(message.url ?? '')?.[1]);
  if (!target || !port) throw new RenderError('bad-request', 'No host and port to connect to.');
  const { address, family } = await resolveDestination(target.hostname, port, policy);
  const onward: Socket = connect({ host: address, family, port });
  traffic.follow(onward);
  onward.setTimeout(connectTimeoutMs, () => onward.connecting && onward.destroy(new Error('no connection in time')));
  await new Promise<void>((resolve, reject) => {
    onward.once('connect', resolve);
    onward.once('error', cause => {
      reject(new RenderError('not-reachable', `${target.hostname}:${port} does not answer.`, { cause }));
    });
    onward.once('close', () => reject(new RenderError('not-reachable', `${target.hostname}:${port} was closed.`)));
  });
  onward.on('error', () => client.destroy());
  onward.on('close', () => client.destroy());
  client.on('close', () => onward.destroy());
  client.write('HTTP/1.1 200 Connected\r\n\r\n');
  readAhead(onward, client);
  client.pipe(onward);
}

/**
 * Reads at full speed although the browser reads slowly: a page of 500 MB keeps its parser busy for minutes and would
 * reach the deadline long before its size is known. The job's limit of octets bounds the buffer.
 */
function readAhead(source: Readable, target: Writable): void {
  source.on('data', piece => target.destroyed || target.write(piece));
  source.on('end', () => target.end());
}
