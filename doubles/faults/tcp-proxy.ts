import net from 'node:net';

/** `open` passes everything on; `cut` refuses and resets; `stalled` accepts and passes nothing on. */
export type LineState = 'open' | 'cut' | 'stalled';

/** A line between two programs that can fail in the ways of networks. */
export class TcpProxy {
  readonly #target: () => number;
  readonly #server: net.Server;
  readonly #pairs = new Set<[client: net.Socket, upstream: net.Socket]>();
  #state: LineState = 'open';

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = net.createServer({ allowHalfOpen: true }, client => this.#join(client));
  }

  /** To the port that `target` names when a connection comes. */
  static async start(target: () => number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>(resolve => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  become(state: LineState): void {
    this.#state = state;
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        if (state === 'cut') socket.resetAndDestroy();
        else if (state === 'stalled') socket.pause();
        else socket.resume();
      }
    }
  }

  /** Ends what the clients say, as if they had; what the other side says still comes. */
  halfClose(): void {
    for (const [client, upstream] of this.#pairs) {
      client.removeAllListeners('data');
      upstream.end();
    }
  }

  async stop(): Promise<void> {
    this.become('cut');
    await new Promise(resolve => this.#server.close(resolve));
  }

  #join(client: net.Socket): void {
    client.on('error', () => undefined);
    if (this.#state === 'cut') return void client.resetAndDestroy();
    const upstream = net.connect({ port: this.#target(), host: '127.0.0.1', allowHalfOpen: true });
    const pair: [net.Socket, net.Socket] = [client, upstream];
    this.#pairs.add(pair);
    for (const [from, to] of [pair, pair.toReversed() as [net.Socket, net.Socket]]) {
      from.on('data', chunk => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => this.#state === 'open' && from.resume());
      from.on('end', () => to.end());
      // a reset of one side reaches the other: octets that were lost must not look like an end
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        this.#pairs.delete(pair);
        if (!from.readableEnded) to.resetAndDestroy();
      });
    }
    if (this.#state === 'stalled') for (const socket of pair) socket.pause();
  }
}
