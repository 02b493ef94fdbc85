import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Ticket } from '../../shared/protocol/relay-protocol.ts';
import type { DeviceTimes } from './device-options.ts';
import { deviceJobName } from './output-device.ts';
import { type Delivery, RawRefusal } from './raw-device.ts';

const readOctets = 64 * 1024;
/** Commands [RFC 1179 5.2, 6.2, 6.3]. */
const [receiveJob, receiveControl, receiveData] = [2, 2, 3];
const end = Buffer.of(0);
const numbersAtMost = 1000;

/** One job for an LPD queue: announced, sent, acknowledged. */
export class LpdConversation implements Delivery {
  lost: Error | undefined;
  readonly #socket: Socket;
  readonly #times: DeviceTimes;
  readonly #signal: AbortSignal;
  /** octets that came and nothing has waited for yet */
  #answers: number[] = [];
  #heard = Promise.withResolvers<void>();

  constructor(socket: Socket, times: DeviceTimes, signal: AbortSignal) {
    this.#socket = socket;
    this.#times = times;
    this.#signal = signal;
    socket.on('error', error => this.#lose(error));
    socket.on('close', () => this.#lose(new Error('the printer closed the connection')));
    socket.on('end', () => this.#lose(new Error('the printer closed the connection without an acknowledgement')));
    socket.on('data', chunk => {
      this.#answers.push(...chunk);
      this.#heard.resolve();
    });
    signal.addEventListener('abort', this.#abort);
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#socket.destroy();
  }

  /** Everything before the document: the queue, the control file, and how long the document is. */
  async announce(queue: string, ticket: Ticket, octets: number): Promise<void> {
    const host =
      hostname()
        .replace(/[^\w.-]/g, '')
        .slice(0, 31) || 'platen';
    const number = String(ticket.sequence % numbersAtMost).padStart(3, '0');
    const control = controlFile(ticket, host, `dfA${number}${host}`);
    await this.#command(receiveJob, queue, `the queue ${queue}`);
    await this.#command(receiveControl, `${control.length} cfA${number}${host}`, 'the control file');
    this.#socket.write(Buffer.concat([control, end]));
    await this.#acknowledged('the control file', this.#times.headersMilliseconds);
    await this.#command(receiveData, `${octets} dfA${number}${host}`, 'the document');
  }

  async send(file: FileHandle): Promise<void> {
    const { idleMilliseconds } = this.#times;
    for await (const chunk of file.createReadStream({ autoClose: false, start: 0, highWaterMark: readOctets })) {
      this.#throwIfOver();
      if (!this.#socket.write(chunk)) await this.#taken(idleMilliseconds);
    }
    this.#socket.write(end);
    await this.#acknowledged('the document', idleMilliseconds);
  }

  async #command(code: number, operands: string, what: string): Promise<void> {
    this.#socket.write(Buffer.concat([Buffer.of(code), Buffer.from(`${operands}\n`, 'latin1')]));
    await this.#acknowledged(what, this.#times.headersMilliseconds);
  }

  /** Zero is consent [RFC 1179 6]. */
  async #acknowledged(what: string, milliseconds: number): Promise<void> {
    const late = setTimeout(
      () => this.#lose(new Error(`waited ${milliseconds} ms for the printer to take ${what}`)),
      milliseconds,
    );
    try {
      while (this.#answers.length === 0) {
        if (this.lost) throw this.lost;
        await this.#heard.promise;
        this.#heard = Promise.withResolvers();
      }
    } finally {
      clearTimeout(late);
    }
    const answer = this.#answers.shift();
    if (answer !== 0) throw new RawRefusal(`the printer refuses ${what} (LPD answer ${answer})`);
  }

  /** The socket takes more, or the printer has something to say. */
  async #taken(milliseconds: number): Promise<void> {
    const drained = Promise.withResolvers<void>();
    const late = setTimeout(
      () => this.#lose(new Error(`waited ${milliseconds} ms for the document to be taken`)),
      milliseconds,
    );
    this.#socket.once('drain', drained.resolve);
    await Promise.race([drained.promise, this.#heard.promise]);
    clearTimeout(late);
    this.#throwIfOver();
  }

  /** An answer before the end of the document is a refusal. */
  #throwIfOver(): void {
    if (this.lost) throw this.lost;
    const [answer] = this.#answers;
    if (answer !== undefined) throw new RawRefusal(`the printer broke off the document (LPD answer ${answer})`);
  }

  #lose(error: Error): void {
    this.lost ??= error;
    this.#heard.resolve();
  }

  readonly #abort = (): void => this.#lose(new Error('canceled while the document was being sent'));
}

/** Host, user, name for the banner, print as is, delete afterwards, name [RFC 1179 7]. */
function controlFile(ticket: Ticket, host: string, dataFile: string): Buffer {
  const name = `${deviceJobName(ticket)} ${ticket.name}`.replace(/[^\x20-\x7e]/g, '?');
  const lines = [
    `H${host}`,
    'Pplaten',
    `J${name.slice(0, 99)}`,
    `l${dataFile}`,
    `U${dataFile}`,
    `N${name.slice(0, 131)}`,
  ];
  return Buffer.from(lines.map(line => `${line}\n`).join(''), 'latin1');
}
