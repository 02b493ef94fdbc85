import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { mqttProtocol } from '../../../protocol/relay-protocol.ts';
import { log } from '../../../telemetry/log.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

/** Connections get this long to end by themselves. */
const stopMilliseconds = 500;

export interface TlsListener {
  readonly port: number;
  /** Takes no new connections, runs `closeClients`, and destroys what is left after a moment. */
  stop(closeClients: () => Promise<void>): Promise<void>;
}

/** Listens for connections whose certificate our authority has issued. Throws when the port cannot be opened. */
export async function listenTls(
  { ca, host, port }: { ca: CertificateAuthority; host: string; port: number },
  onConnection: (socket: TLSSocket) => void,
): Promise<TlsListener> {
  const sockets = new Set<Socket>();
  const server = createServer({
    key: ca.server.key,
    cert: ca.server.certificate,
    ca: ca.certificate,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // relays name the protocol where a router in front of this port chooses by it; those that name none are let in too
    ALPNProtocols: [mqttProtocol],
    // a doorbell must not wait for the acknowledgement of the one before it
    noDelay: true,
  });
  // TCP connections, so that those are known too that never finish their handshake
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', onConnection);
  server.on('tlsClientError', error => log.warn('relay-tls-refused', { error }));
  server.listen(port, host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    async stop(closeClients) {
      const closed = new Promise(resolve => server.close(resolve));
      const deadline = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, stopMilliseconds);
      await closeClients();
      await closed;
      clearTimeout(deadline);
    },
  };
}
