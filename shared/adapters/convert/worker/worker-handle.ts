import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { type Conversion, sourcesOf } from '../../../core/domain/conversion.ts';
import type { ConversionContext, Converted } from '../../../core/ports/index.ts';
import type { Permit } from '../../../protocol/semaphore.ts';
import { log } from '../../../telemetry/log.ts';
import { RenderError } from '../../web/render-error.ts';
import { readFrames, writeFrame } from './frames.ts';
import { type FromWorker, fromWorkerOctets, readFromWorker, type ToWorker } from './messages.ts';
import { spawnWorker } from './spawn-worker.ts';

/** The worker's process ended during a conversion. */
export class WorkerEnded extends Error {}

export interface RunOptions extends Pick<ConversionContext, 'read' | 'onStep'> {
  deadlineMs: number;
  allowFetch: readonly string[];
  signal: AbortSignal;
  turn: Pick<Permit, 'leave' | 'enter'>;
}

/** A conversion that is under way in a worker. */
interface Run {
  conversion: Conversion;
  options: RunOptions;
  files: { suffix?: string; pieces: Buffer[] }[];
  octets: number;
  settle: { resolve: (converted: Converted) => void; reject: (error: Error) => void };
}

/** The output of a conversion is held in memory before it is stored. */
const outputOctets = 512 * 1024 * 1024;
/** Of everything that a conversion does; its single steps have deadlines of their own, in the worker. */
const longestRunMs = 300_000;
/** A canceled run has this long to end by itself. */
const cancelMs = 5_000;
/** A worker that is ended closes its browser first. */
const endMs = 5_000;

/** One worker process, as the service sees it. */
export class WorkerHandle {
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  readonly #runs = new Map<number, Run>();
  readonly #exited: Promise<void>;
  #lastRun = 0;
  #megabytes = 0;
  /** Its conversions have given way to those of other companies, and will for as long as it lives. */
  isSlowed = false;
  hasEnded = false;

  constructor() {
    this.#child = spawnWorker();
    this.#pipe = this.#child.stdio[3] as Duplex;
    this.#pipe.on('error', error => log.warn('worker-pipe-failed', { error }));
    readFrames(this.#pipe, fromWorkerOctets, ({ message, octets }) => this.#hear(message, octets));
    this.#exited = new Promise(resolve => {
      this.#child.once('error', error => {
        log.error('worker-not-started', { error });
        this.#fail();
        resolve();
      });
      this.#child.once('exit', () => {
        this.#fail();
        resolve();
      });
    });
    this.#pipe.once('close', () => this.#fail());
  }

  /** Undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get runsUnderWay(): number {
    return this.#runs.size;
  }

  get isIdle(): boolean {
    return this.#runs.size === 0;
  }

  /** Conversions so far. */
  get runCount(): number {
    return this.#lastRun;
  }

  /** Resident memory after the last conversion. */
  get megabytes(): number {
    return this.#megabytes;
  }

  /** Throws RenderError for a document that cannot be made, WorkerEnded when the process ended meanwhile. */
  async convert(conversion: Conversion, options: RunOptions): Promise<Converted> {
    if (this.hasEnded) throw new WorkerEnded('The worker has ended.');
    this.#lastRun += 1;
    const run = this.#lastRun;
    const { promise, ...settle } = Promise.withResolvers<Converted>();
    this.#runs.set(run, { conversion, options, files: [], octets: 0, settle });
    const { signal, deadlineMs, allowFetch } = options;
    const deadline = setTimeout(() => this.#overdue(run), longestRunMs);
    const cancel = () => this.#cancel(run);
    signal.addEventListener('abort', cancel, { once: true });
    this.#say({ type: 'convert', run, conversion, deadlineMs, allowFetch });
    try {
      return await promise;
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', cancel);
      this.#runs.delete(run);
    }
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    this.hasEnded = true;
    this.#pipe.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endMs);
    await this.#exited;
    clearTimeout(late);
  }

  #say(message: ToWorker, octets?: Uint8Array): Promise<void> {
    return writeFrame(this.#pipe, message, octets);
  }

  /** The process is gone, or of no more use: whatever it works on ends. */
  #fail(): void {
    this.hasEnded = true;
    this.#child.kill('SIGKILL');
    for (const { settle } of this.#runs.values()) settle.reject(new WorkerEnded('The worker ended.'));
  }

  #overdue(run: number): void {
    const seconds = longestRunMs / 1000;
    const late = new RenderError('timeout', `The document was not made within ${seconds} s.`);
    this.#runs.get(run)?.settle.reject(late);
    this.#runs.delete(run);
    this.#fail();
  }

  #cancel(run: number): void {
    this.#say({ type: 'cancel', run });
    const isHung = () => this.#runs.has(run);
    setTimeout(() => isHung() && this.#fail(), cancelMs).unref();
  }

  #hear(said: unknown, octets: Buffer): void {
    const message = readFromWorker(said);
    if (!message) {
      log.error('worker-message-unreadable', {});
      this.#fail();
      return;
    }
    const run = this.#runs.get(message.run);
    if (run) this.#handle(run, message, octets);
  }

  #handle(run: Run, message: FromWorker, octets: Buffer): void {
    const { options, settle } = run;
    switch (message.type) {
      case 'read':
        void this.#sendSource(run, message);
        return;
      case 'step':
        options.onStep(message.step);
        return;
      case 'away':
        options.turn.leave();
        return;
      case 'returned':
        options.turn.enter().then(
          () => this.#say({ type: 'go', run: message.run }),
          // the run was canceled while it waited, and gets a `cancel`
          () => undefined,
        );
        return;
      case 'file':
        this.#takeIn(run, message, octets);
        return;
      case 'done':
        this.#megabytes = message.megabytes;
        settle.resolve(convertedOf(run, message));
        return;
      case 'failed':
        this.#megabytes = message.megabytes;
        settle.reject(
          message.code ? new RenderError(message.code, message.message) : new Error(`conversion: ${message.message}`),
        );
    }
  }

  #takeIn(run: Run, { file, suffix }: FromWorker & { type: 'file' }, octets: Buffer): void {
    run.octets += octets.length;
    if (run.octets > outputOctets) {
      run.settle.reject(
        new RenderError('too-large', `The output is too large: at most ${outputOctets} bytes are allowed.`),
      );
      return;
    }
    run.files[file] ??= { suffix, pieces: [] };
    run.files[file].pieces.push(octets);
  }

  async #sendSource({ conversion, options }: Run, { run, read, source }: FromWorker & { type: 'read' }): Promise<void> {
    try {
      const wanted = sourcesOf(conversion)[source];
      const stored = wanted && wanted.kind !== 'url' ? await options.read(wanted) : undefined;
      if (!stored) return void this.#say({ type: 'no-document', run, read });
      for await (const piece of stored as Readable & AsyncIterable<Uint8Array>) {
        if (!this.#runs.has(run)) return;
        await this.#say({ type: 'octets', run, read }, piece);
      }
      await this.#say({ type: 'end-of-octets', run, read });
    } catch (error) {
      log.error('document-unreadable', { error });
      await this.#say({ type: 'unreadable', run, read });
    }
  }
}

function convertedOf({ files }: Run, { isList, pageCount, warnings }: FromWorker & { type: 'done' }): Converted {
  const made = files.map(({ suffix = '', pieces }) => ({ suffix, bytes: joined(pieces) }));
  const bytes = isList ? made : (made[0]?.bytes ?? Buffer.alloc(0));
  return { bytes, pageCount, warnings };
}

const joined = (pieces: Buffer[]) => (pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
