import { once } from 'node:events';
import { createServer } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface WebProxy {
  url: string;
  /** `host:port` of each CONNECT, in order */
  asked: string[];
  stop(): Promise<void>;
}

/** A site's web proxy: tunnels by CONNECT, to `elsewhere` where a test cannot listen at the port that was asked for. */
export async function startWebProxy(
  elsewhere: (target: string) => { host: string; port: number } | undefined,
): Promise<WebProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => void response.writeHead(501).end());
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, client: Socket) => {
    const target = request.url ?? '';
    asked.push(target);
    const to = elsewhere(target);
    client.on('error', () => undefined);
    if (!to) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = net.connect(to, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    onward.on('error', () => client.destroy());
    sockets.add(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
