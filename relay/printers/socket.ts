import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import net from 'node:net';
import type { Device } from '../../shared/core/domain/printer.ts';
import { type DeviceOptions, type DeviceTimes, deviceTimes } from './device-options.ts';
import { deviceJobName, type OutputDevice, type PrintOutcome, type PrintRequest } from './output-device.ts';

/**
 * A raw socket, port 9100: octets go in and nothing is ever said about them. The one sign of life is the peer's
 * FIN after ours. Printers send it when they have taken the last octet off the wire, which is as near to "printed" as
 * this way goes. A write that returned proves nothing: the octets may still lie in our own buffers.
 */
const defaultPort = 9100;
const readOctets = 64 * 1024;

export function openSocketDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  const address = parseSocketUri(uri);
  const times = deviceTimes(options);
  let printing = 0;
  /** nobody listened when the last job came */
  let isAway = false;
  return {
    deviceId,
    uri,
    /** Tells what the last job met: a connection without octets could be taken for a job, or be in the way of one. */
    async describe() {
      const device: Device = { deviceId, scheme: 'socket', attributes: {}, state: 'unknown', stateReasons: [] };
      if (printing > 0) return { ...device, state: 'processing' };
      return isAway ? { ...device, stateReasons: ['offline'] } : device;
    },
    async print(request) {
      const file = await open(request.path);
      printing += 1;
      try {
        const outcome = await printTo(address, times, file, request);
        isAway = outcome.kind === 'retry';
        return outcome;
      } finally {
        printing -= 1;
        await file.close();
      }
    },
    async recover({ step }) {
      if (step.step === 'submitting') return { kind: 'not-sent' };
      if (step.step === 'sent') return { kind: 'completed' };
      return { kind: 'unconfirmed', message: 'the relay stopped while it sent the document' };
    },
  };
}

interface Address {
  host: string;
  port: number;
}

function parseSocketUri(uri: string): Address {
  const url = URL.parse(uri);
  const isBare = url?.protocol === 'socket:' && url.hostname !== '' && /^\/?$/.test(url.pathname) && !url.username;
  if (!isBare) throw new TypeError(`"${uri}" is no address like socket://host:${defaultPort}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) };
}

async function printTo(
  address: Address,
  times: DeviceTimes,
  file: FileHandle,
  { ticket, step, progress, signal }: PrintRequest,
): Promise<PrintOutcome> {
  const jobName = deviceJobName(ticket);
  await step({ step: 'submitting', jobName });
  const socket = await connect(address, times, signal);
  if (signal.aborted) return close(socket, { kind: 'canceled', message: 'canceled before the document was sent' });
  if (socket instanceof Error) return { kind: 'retry', reasons: ['offline'], message: socket.message };

  const conversation = new Conversation(socket, times, signal);
  try {
    await step({ step: 'created', jobName });
    if (signal.aborted) return { kind: 'canceled', message: 'canceled before the document was sent' };
    if (conversation.lost) return { kind: 'retry', reasons: ['offline'], message: conversation.lost.message };
    progress({ state: 'processing', reasons: ['job-printing'] });
    const failure = await conversation.send(file).catch(asError);
    if (failure) return { kind: 'unconfirmed', message: failure.message };
    await step({ step: 'sent', jobName });
    return { kind: 'completed' };
  } finally {
    conversation.end();
  }
}

function close(socket: net.Socket | Error, outcome: PrintOutcome): PrintOutcome {
  if (socket instanceof net.Socket) socket.destroy();
  return outcome;
}

async function connect(address: Address, times: DeviceTimes, signal: AbortSignal): Promise<net.Socket | Error> {
  // half-open: the peer's FIN must not close our side, and ours not theirs
  const socket = net.connect({ ...address, allowHalfOpen: true });
  try {
    const timeout = AbortSignal.timeout(times.connectMilliseconds);
    await once(socket, 'connect', { signal: AbortSignal.any([signal, timeout]) });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    const isTimeout = error instanceof Error && error.name === 'AbortError';
    return isTimeout ? new Error(`no connection to ${address.host} port ${address.port}`) : asError(error);
  }
}

/** From the first octet to the peer's FIN. `lost` is set as soon as the peer is seen to be gone. */
class Conversation {
  lost: Error | undefined;
  #isDone = false;
  readonly #socket: net.Socket;
  readonly #times: DeviceTimes;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();

  constructor(socket: net.Socket, times: DeviceTimes, signal: AbortSignal) {
    this.#socket = socket;
    this.#times = times;
    this.#signal = signal;
    socket.on('error', error => this.#lose(error));
    socket.on('close', () => this.#lose(new Error('the printer closed the connection')));
    socket.on('end', () => this.#hearFin());
    socket.resume(); // what a printer says back is for nobody, and unread it would stop the printer
    signal.addEventListener('abort', this.#abort);
  }

  end(): void {
    this.#over.abort();
    this.#signal.removeEventListener('abort', this.#abort);
    this.#socket.destroy();
  }

  /** Throws when the document may not have arrived as a whole. */
  async send(file: FileHandle): Promise<void> {
    for await (const chunk of file.createReadStream({ autoClose: false, start: 0, highWaterMark: readOctets })) {
      if (this.lost) throw this.lost;
      const isTaken = this.#socket.write(chunk);
      if (!isTaken) await this.#waitFor('drain', 'the document to be taken');
    }
    const isFlushed = this.#waitFor('finish', 'the document to be taken');
    this.#socket.end();
    await isFlushed;
    if (!this.#isDone) await this.#waitFor('end', 'the printer to close the connection');
  }

  async #waitFor(event: 'drain' | 'finish' | 'end', what: string): Promise<void> {
    if (this.lost) throw this.lost;
    const milliseconds = this.#times.idleMilliseconds;
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
    if (this.#socket.writableFinished) this.#isDone = true;
    else this.#lose(new Error('the printer closed the connection before it had the whole document'));
  }

  #lose(error: Error): void {
    if (this.#isDone) return;
    this.lost ??= error;
    this.#over.abort();
  }

  readonly #abort = (): void => this.#lose(new Error('canceled while the document was being sent'));
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
