import { connect, type Socket } from 'node:net';

/*
 * A minimal HTTP/1.1 client: one connection, one request after another. On two cores, a client as expensive as the
 * server would hide half of what is measured.
 */

export interface Answer {
  status: number;
  /** lower-case names */
  headers: Record<string, string>;
  body: string;
}

export class LeanClient {
  readonly #socket: Socket;
  #received = '';
  #answered: PromiseWithResolvers<Answer> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#look();
    });
    const lost = (error?: Error) => this.#answered?.reject(error ?? new Error('The connection was closed.'));
    socket.on('error', lost).on('close', () => lost());
  }

  static async open(origin: string): Promise<LeanClient> {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new LeanClient(socket);
  }

  async send(method: string, path: string, body?: Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    if (this.#socket.destroyed) throw new Error('The connection was closed.');
    this.#answered = Promise.withResolvers();
    const given = { host: 'localhost', 'content-length': String(body?.length ?? 0), ...headers };
    const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    if (body) this.#socket.write(body);
    const answer = await this.#answered.promise;
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Parses the response once it is complete. */
  #look(): void {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [first = '', ...lines] = this.#received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map(line => [line.split(':')[0]?.toLowerCase(), valueIn(line)]));
    const rest = this.#received.slice(end + 4);
    const isChunked = headers['transfer-encoding'] === 'chunked';
    const isWhole = isChunked ? rest.endsWith('0\r\n\r\n') : rest.length >= Number(headers['content-length'] ?? 0);
    if (!isWhole) return;
    this.#received = '';
    this.#answered?.resolve({ status: Number(first.split(' ')[1]), headers, body: isChunked ? '' : rest });
  }
}

const valueIn = (line: string) => line.slice(line.indexOf(':') + 1).trim();
