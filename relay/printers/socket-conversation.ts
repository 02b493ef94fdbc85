import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import net from 'node:net';
import type { SocketTarget } from '../../shared/core/domain/device-address.ts';
import { lookupPrinter } from '../discovery/local-names.ts';
import type { DeviceTimes } from './device-options.ts';
import type { Delivery } from './raw-device.ts';

const readOctets = 256 * 1024;

type PrinterAddress = Pick<SocketTarget, 'host' | 'port'>;

/** Throws when there is no connection. */
export async function connect(
  { host, port }: PrinterAddress,
  times: DeviceTimes,
  signal: AbortSignal,
): Promise<net.Socket> {
  // half-open: the peer's FIN must not close our side, and ours not theirs
  const socket = net.connect({ host, port, allowHalfOpen: true, lookup: lookupPrinter });
  try {
    const timeout = AbortSignal.timeout(times.connectMilliseconds);
    await once(socket, 'connect', { signal: AbortSignal.any([signal, timeout]) });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    const isTimeout = error instanceof Error && error.name === 'AbortError';
    throw isTimeout ? new Error(`no connection to ${host} port ${port}`) : error;
  }
}

/** Connects and sends nothing. Throws when there is no connection. */
export async function probe(address: PrinterAddress, times: DeviceTimes, signal: AbortSignal): Promise<void> {
  const socket = await connect(address, times, signal);
  socket.on('error', () => undefined);
  socket.end();
  socket.resume();
}

/** From the first octet to the peer's FIN. `lost` is set as soon as the peer is seen to be gone. */
export class SocketConversation implements Delivery {
  lost: Error | undefined;
  readonly #socket: net.Socket;
  readonly #times: DeviceTimes;
  /** whether to wait for the peer's FIN */
  readonly #closesAtEnd: boolean;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();

  constructor(socket: net.Socket, times: DeviceTimes, closesAtEnd: boolean, signal: AbortSignal) {
    this.#socket = socket;
    this.#times = times;
    this.#closesAtEnd = closesAtEnd;
    this.#signal = signal;
    socket.on('error', error => this.#lose(error));
    socket.on('close', () => this.#lose(new Error('the printer closed the connection')));
    socket.on('end', () => this.#hearFin());
    socket.resume(); // what a printer sends back is not used, and unread it would stop the printer
    signal.addEventListener('abort', this.#abort);
  }

  end(): void {
    this.#over.abort();
    this.#signal.removeEventListener('abort', this.#abort);
    this.#socket.destroy();
  }

  /** Throws when the document may not have arrived as a whole. */
  async send(file: FileHandle): Promise<void> {
    const { idleMilliseconds, closeMilliseconds } = this.#times;
    for (let offset = 0, isMore = true; isMore; ) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(readOctets), 0, readOctets, offset);
      if (this.lost) throw this.lost;
      const isTaken = this.#socket.write(buffer.subarray(0, bytesRead));
      if (!isTaken) await this.#waitFor('drain', 'the document to be taken', idleMilliseconds);
      offset += bytesRead;
      isMore = bytesRead === readOctets;
    }
    const isFlushed = this.#waitFor('finish', 'the document to be taken', idleMilliseconds);
    this.#socket.end();
    await isFlushed;
    if (!this.#closesAtEnd) return;
    const close = 'the printer to close the connection (add ?waiteof=false to its address if it never does)';
    await this.#waitFor('end', close, closeMilliseconds);
  }

  async #waitFor(event: 'drain' | 'finish' | 'end', what: string, milliseconds: number): Promise<void> {
    if (this.lost) throw this.lost;
    const late = () => this.#lose(new Error(`waited ${milliseconds} ms for ${what}`));
    const timer = setTimeout(late, milliseconds);
    try {
      await once(this.#socket, event, { signal: this.#over.signal });
    } catch (error) {
      throw this.lost ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Before our own FIN has gone out, theirs says that they want no more of it. */
  #hearFin(): void {
    if (this.#socket.writableFinished) return;
    this.#lose(new Error('the printer closed the connection before it had the whole document'));
  }

  #lose(error: Error): void {
    this.lost ??= error;
    this.#over.abort();
  }

  readonly #abort = (): void => this.#lose(new Error('canceled while the document was being sent'));
}
