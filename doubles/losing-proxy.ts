import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An HTTP proxy between clients and a service that loses answers: the service carries out each request, and the first
 * answer to each method and path is cut off before the client has any of it.
 */
export class LosingProxy {
  readonly lost: string[] = [];
  readonly #server: Server;
  /** origin of the service; known after the proxy is */
  service = '';

  private constructor() {
    this.#server = createServer((asked, answer) => {
      const path = `${asked.method} ${asked.url?.split('?')[0]}`;
      const { hostname, port } = new URL(this.service);
      const inner = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers });
      inner.on('error', () => asked.socket.destroy());
      inner.on('response', answered => {
        if (this.lost.includes(path)) {
          answer.writeHead(answered.statusCode ?? 502, answered.headers);
          answered.pipe(answer);
          return;
        }
        this.lost.push(path);
        answered.resume().on('end', () => asked.socket.destroy());
      });
      asked.pipe(inner);
    });
  }

  static async open(): Promise<LosingProxy> {
    const proxy = new LosingProxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
