import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Behaviour of LPD servers. Each can be switched on and off while the double runs. */
export interface LpdTraps {
  /** the number of the answer to the command that receives a job */
  refusesJob?: number;
  /** the answer after the document; 0 is consent */
  lastAnswer?: number;
  /** closes instead of acknowledging the document */
  closesAtEnd?: boolean;
  /** closes after this many octets of the document */
  closesAfterOctets?: number;
  /** answers after this many octets of the document, and reads no more */
  breaksOff?: { afterOctets: number; answer: number };
  /** before it acknowledges the document */
  lateMilliseconds?: number;
  /** says nothing after so many answers */
  answersAtMost?: number;
  /** reads nothing of the document before */
  reads?: Promise<void>;
}

export interface LpdJob {
  queue: string;
  /** lines of the control file by their letter */
  control: Record<string, string>;
  document: Buffer;
}

/** A line printer daemon [RFC 1179] with one queue. It reads what a client sends step by step, as strictly as the text allows. */
export class LpdPrinter {
  readonly jobs: LpdJob[] = [];
  readonly traps: LpdTraps;
  /** resolves when it should answer and does not, for `answersAtMost` */
  readonly silent = Promise.withResolvers<void>();
  uri = '';
  readonly #sockets = new Set<Socket>();
  readonly #server = net.createServer({ allowHalfOpen: true }, socket => {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    void this.#serve(socket).catch(() => socket.destroy());
  });

  private constructor(traps: LpdTraps) {
    this.traps = { ...traps };
  }

  static async start(traps: LpdTraps = {}): Promise<LpdPrinter> {
    const printer = new LpdPrinter(traps);
    printer.#server.listen(0, '127.0.0.1');
    await once(printer.#server, 'listening');
    printer.uri = `lpd://127.0.0.1:${(printer.#server.address() as AddressInfo).port}/labels`;
    return printer;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #serve(socket: Socket): Promise<void> {
    const reader = new Reader(socket);
    let answers = 0;
    const answer = async (code: number) => {
      if (answers++ === this.traps.answersAtMost) {
        this.silent.resolve();
        await new Promise(() => undefined);
      }
      socket.write(Buffer.of(code));
    };
    const queue = (await reader.line()).slice(1);
    const refusal = this.traps.refusesJob;
    await answer(refusal ?? 0);
    if (refusal !== undefined) return void socket.end();

    const [controlOctets] = (await reader.line()).slice(1).split(' ');
    await answer(0);
    const control = (await reader.octets(Number(controlOctets))).toString('latin1');
    await reader.octets(1);
    await answer(0);

    const [documentOctets] = (await reader.line()).slice(1).split(' ');
    await answer(0);
    await this.traps.reads;
    if (this.traps.closesAfterOctets !== undefined) {
      await reader.octets(this.traps.closesAfterOctets);
      return void socket.destroy();
    }
    if (this.traps.breaksOff) {
      await reader.octets(this.traps.breaksOff.afterOctets);
      return await answer(this.traps.breaksOff.answer);
    }
    const document = await reader.octets(Number(documentOctets));
    await reader.octets(1);
    if (this.traps.closesAtEnd) return void socket.end();
    const lines = control.trimEnd().split('\n');
    this.jobs.push({ queue, control: Object.fromEntries(lines.map(line => [line[0], line.slice(1)])), document });
    if (this.traps.lateMilliseconds !== undefined) await sleep(this.traps.lateMilliseconds);
    await answer(this.traps.lastAnswer ?? 0);
  }
}

class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async octets(count: number): Promise<Buffer> {
    const parts = [this.#rest];
    for (let held = this.#rest.length; held < count; held += parts.at(-1)?.length ?? 0) parts.push(await this.#next());
    const all = Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }

  async line(): Promise<string> {
    while (!this.#rest.includes('\n')) this.#rest = Buffer.concat([this.#rest, await this.#next()]);
    const line = await this.octets(this.#rest.indexOf('\n') + 1);
    return line.toString('latin1').trimEnd();
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#chunks.next();
    if (done) throw new Error('the client closed the connection');
    return value;
  }
}
