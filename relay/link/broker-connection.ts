import { once } from 'node:events';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { mqttProtocol } from '../../shared/protocol/relay-protocol.ts';
import { type Endpoint, httpsPort } from './endpoints.ts';
import { proxyEnvironment } from './web-proxy.ts';

/** What a relay proves itself with, and what it trusts; all PEM. */
export interface Credentials {
  key: string;
  cert: string;
  ca: string;
}

export interface BrokerConnection {
  endpoint: Endpoint;
  socket: TLSSocket;
}

const connectMilliseconds = 10_000;

/** Connects to the first endpoint that answers. Throws an error that says what each of them answered. */
export async function connectToBroker(
  endpoints: Endpoint[],
  credentials: Credentials,
  stop: AbortSignal,
): Promise<BrokerConnection> {
  const failures: string[] = [];
  for (const endpoint of endpoints) {
    stop.throwIfAborted();
    try {
      return { endpoint, socket: await connectTo(endpoint, credentials, stop) };
    } catch (error) {
      failures.push(`${endpoint.host}:${endpoint.port}: ${(error as Error).message}`);
    }
  }
  throw new Error(failures.join('; '));
}

/**
 * TLS to one endpoint, through the web proxy that `HTTPS_PROXY` names for its host, if any. Port 443 is shared with
 * HTTPS, so there the protocol is named during the handshake [RFC 7301].
 */
async function connectTo({ host, port }: Endpoint, credentials: Credentials, stop: AbortSignal): Promise<TLSSocket> {
  const isShared = port === httpsPort;
  const deadline = AbortSignal.timeout(connectMilliseconds);
  const agent = new https.Agent({ proxyEnv: proxyEnvironment() });
  const options = { host, port, servername: host, ...credentials, ALPNProtocols: isShared ? [mqttProtocol] : [] };
  const opened = Promise.withResolvers<Duplex>();
  // a callback brings what comes out of a tunnel; without a proxy the socket is there at once
  const first = agent.createConnection(options, (error, socket) =>
    error ? opened.reject(error) : opened.resolve(socket),
  );
  if (first instanceof TLSSocket) opened.resolve(first);
  first?.on('error', opened.reject);
  const over = AbortSignal.any([stop, deadline]);
  const abort = () => {
    first?.destroy();
    opened.reject(new Error(`no connection within ${connectMilliseconds / 1000} seconds`));
  };
  over.addEventListener('abort', abort);
  try {
    const socket = (await opened.promise) as TLSSocket & { secureConnecting?: boolean };
    socket.on('error', () => undefined);
    if (socket.secureConnecting) await once(socket, 'secureConnect', { signal: over });
    if (isShared && socket.alpnProtocol !== mqttProtocol) {
      socket.destroy();
      throw new Error(`the server at port ${port} does not speak MQTT`);
    }
    return socket;
  } catch (error) {
    first?.destroy();
    throw deadline.aborted ? new Error(`no connection within ${connectMilliseconds / 1000} seconds`) : error;
  } finally {
    over.removeEventListener('abort', abort);
  }
}
