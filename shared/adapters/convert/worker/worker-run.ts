import { PassThrough, type Readable, type Writable } from 'node:stream';
import { type Conversion, type OctetSource, sourcesOf } from '../../../core/domain/conversion.ts';
import type { PreparationStep } from '../../../core/domain/job.ts';
import type { Converted } from '../../../core/ports/index.ts';
import { useAllowFetch } from '../../../protocol/config.ts';
import { whileAway } from '../../../protocol/semaphore.ts';
import { RenderError } from '../../web/render-error.ts';
import type { ConversionRun } from '../conversion-run.ts';
import { carryOut } from './carry-out.ts';
import { toolsFor } from './conversion-tools.ts';
import { writeFrame } from './frames.ts';
import { type FromWorker, pieceOctets, type ToWorker } from './messages.ts';

const longestMessage = 2000;
const warningsAtMost = 100;

/** What the service says of a conversion that is under way. */
type Said = Exclude<ToWorker, { type: 'convert' }>;
type Sent = FromWorker extends infer Message ? (Message extends FromWorker ? Omit<Message, 'run'> : never) : never;

interface Reading {
  stream: PassThrough;
  first: { resolve: (stream: Readable | undefined) => void; reject: (error: Error) => void };
}

/** One conversion in the worker; for the code that carries it out, a `ConversionRun`. */
export class WorkerRun implements ConversionRun {
  readonly deadlineMs: number;
  readonly #pipe: Writable;
  readonly #run: number;
  readonly #conversion: Conversion;
  readonly #canceling = new AbortController();
  readonly #readings = new Map<number, Reading>();
  #go: (() => void) | undefined;

  constructor(pipe: Writable, { run, conversion, deadlineMs, allowFetch }: ToWorker & { type: 'convert' }) {
    this.#pipe = pipe;
    this.#run = run;
    this.#conversion = conversion;
    this.deadlineMs = deadlineMs;
    useAllowFetch(allowFetch);
  }

  get signal(): AbortSignal {
    return this.#canceling.signal;
  }

  async carryOut(): Promise<void> {
    try {
      await this.#answer(await carryOut(this.#conversion, this, toolsFor(this)));
    } catch (error) {
      const code = error instanceof RenderError ? error.code : undefined;
      const message = (error instanceof Error ? error.message : String(error)).slice(0, longestMessage);
      await this.#send({ type: 'failed', code, message, megabytes: residentMegabytes() });
    }
  }

  hear(said: Said, octets: Buffer): void {
    switch (said.type) {
      case 'go':
        this.#go?.();
        return;
      case 'cancel':
        this.#canceling.abort(new RenderError('canceled', 'The job was canceled.'));
        return;
      default:
        this.#hearOctets(said, octets);
        return;
    }
  }

  // properties, since the code of a kind of conversion takes them out of the run
  readonly onStep = (step: PreparationStep): void => {
    void this.#send({ type: 'step', step });
  };

  readonly read = async (document: Exclude<OctetSource, { kind: 'url' }>): Promise<Readable | undefined> => {
    const source = sourcesOf(this.#conversion).indexOf(document);
    const read = this.#readings.size;
    const { promise, ...first } = Promise.withResolvers<Readable | undefined>();
    this.#readings.set(read, { stream: new PassThrough(), first });
    await this.#send({ type: 'read', read, source });
    return await promise;
  };

  readonly meanwhile = <Result>(slow: Promise<Result>): Promise<Result> =>
    whileAway(slow, { leave: () => void this.#send({ type: 'away' }), enter: () => this.#return() });

  async #return(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => reject(this.signal.reason);
    this.signal.addEventListener('abort', giveUp, { once: true });
    this.#go = resolve;
    await this.#send({ type: 'returned' });
    await promise.finally(() => this.signal.removeEventListener('abort', giveUp));
  }

  #hearOctets({ type, read }: Said & { read: number }, octets: Buffer): void {
    const reading = this.#readings.get(read);
    if (!reading) return;
    const { stream, first } = reading;
    if (type === 'no-document') {
      first.resolve(undefined);
      return;
    }
    if (type === 'unreadable') {
      const unreadable = new Error('The document could not be read from the store.');
      first.reject(unreadable);
      stream.destroy(unreadable);
      return;
    }
    first.resolve(stream);
    if (type === 'octets') stream.write(octets);
    else stream.end();
  }

  async #answer({ bytes, pageCount, warnings }: Converted): Promise<void> {
    const isList = Array.isArray(bytes);
    const files = isList ? bytes : [{ suffix: undefined, bytes }];
    for (const [file, { suffix, bytes: octets }] of files.entries()) {
      for (let at = 0; at === 0 || at < octets.length; at += pieceOctets) {
        await this.#send({ type: 'file', file, suffix }, octets.subarray(at, at + pieceOctets));
      }
    }
    const cut = warnings.slice(0, warningsAtMost).map(warning => warning.slice(0, longestMessage));
    await this.#send({ type: 'done', isList, pageCount, warnings: cut, megabytes: residentMegabytes() });
  }

  #send(message: Sent, octets?: Uint8Array): Promise<void> {
    return writeFrame(this.#pipe, { ...message, run: this.#run }, octets);
  }
}

const residentMegabytes = () => Math.round(process.memoryUsage.rss() / 1024 / 1024);
