import { randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { integerOf, textOf } from '../shared/ipp/attributes.ts';
import { decodeMessage } from '../shared/ipp/decode.ts';
import { encodeMessage } from '../shared/ipp/encode.ts';
import { type IppAttribute, IppFormatError, type IppGroup, type IppMessage } from '../shared/ipp/message.ts';
import { groupTags, isSuccess, operations, statusCodes } from '../shared/ipp/tags.ts';
import { Intake } from './intake.ts';
import { answer, jobGroup, nameOf, printerGroup, requestedOf } from './ipp-printer-answers.ts';
import { isOver, newJob, type PrinterJob, recordJob } from './ipp-printer-job.ts';
import type { OperationName, Traps } from './ipp-printer-traps.ts';

/**
 * An IPP printer for tests, which conforms unless traps are set. It also runs as a process, so that a test can kill the
 * relay and keep the printer: `node doubles/ipp-printer.ts --port 8631 --record folder` prints its URI on one line, and
 * writes a file for each job to the folder.
 */
export interface IppPrinterOptions {
  /** 0 for any free port */
  port?: number;
  uuid?: string;
  /** printer-up-time at the start */
  upSeconds?: number;
  formats?: string[];
  /** replace the printer's attributes of the same name */
  attributes?: IppAttribute[];
  printMilliseconds?: number;
  record?: string;
  /** keeps no octets of documents, for large ones */
  digestOnly?: boolean;
  /** makes it an ipps printer */
  tls?: https.ServerOptions;
  traps?: Traps;
  /** an odd printer's own answer to a request, by IPP or by HTTP; undefined where it answers as others do */
  oddly?: (name: OperationName, message: IppMessage, request: http.IncomingMessage) => Oddity | undefined;
}

export type Oddity =
  | { status: number; unsupported?: IppAttribute[] }
  | { httpStatus: number; headers?: http.OutgoingHttpHeaders }
  /** done as usual, with these named as ignored */
  | { ignored: IppAttribute[] };

/** printer-up-time of a printer that has been on for a while */
const upSecondsAtStart = 5000;
const operationNames = new Map<number, OperationName>(
  Object.entries(operations).map(([name, code]) => [code, name as OperationName]),
);

export async function startIppPrinter(options: IppPrinterOptions = {}): Promise<IppPrinter> {
  const printer = new IppPrinter(options);
  await printer.start();
  return printer;
}

export class IppPrinter {
  /** every job since the start, including earlier boots and forgotten jobs */
  readonly jobs: PrinterJob[] = [];
  /** every requested operation, in order */
  readonly asked: OperationName[] = [];
  readonly traps: Traps;
  uuid: string;
  port: number;
  readonly #options: IppPrinterOptions;
  readonly #over = new AbortController();
  #server: http.Server | undefined;
  /** also those that are agreeing on TLS, which a server does not count among its connections */
  readonly #sockets = new Set<Socket>();
  #boot = 1;
  #lastJobId = 0;
  #switchedOnAt: number;
  #stopReasons: string[] = [];

  constructor(options: IppPrinterOptions) {
    this.#options = options;
    this.traps = { ...options.traps };
    this.uuid = options.uuid ?? `urn:uuid:${randomUUID()}`;
    this.port = options.port ?? 0;
    this.#switchedOnAt = performance.now() - (options.upSeconds ?? upSecondsAtStart) * 1000;
  }

  get uri(): string {
    return `${this.#options.tls ? 'ipps' : 'ipp'}://127.0.0.1:${this.port}/ipp/print`;
  }

  async start(): Promise<void> {
    const serve: http.RequestListener = (request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    };
    const { tls } = this.#options;
    const server = tls ? https.createServer(tls, serve) : http.createServer(serve);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Refuses connections until `start`. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>(resolve => (server ? server.close(() => resolve()) : resolve()));
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.refuse();
  }

  /** Reboots: forgets all jobs, and job ids restart at 1. */
  reboot({ uuid = this.uuid }: { uuid?: string } = {}): void {
    this.uuid = uuid;
    this.#boot += 1;
    this.#lastJobId = 0;
    this.#switchedOnAt = performance.now();
    this.#server?.closeAllConnections();
  }

  /** Adds a job of another computer. */
  addJob(name: string, state: PrinterJob['state']): PrinterJob {
    this.#lastJobId += 1;
    const job = newJob(this.#lastJobId, this.#boot, name, []);
    this.jobs.push(job);
    this.#change(job, state, []);
    return job;
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const message = await readHead(body);
    const name = operationNames.get(message.code);
    if (!name) return this.#answer(response, answer(message, statusCodes['server-error-operation-not-supported']));
    this.asked.push(name);
    const { traps } = this;
    if (traps.lateMilliseconds) await wait(traps.lateMilliseconds, undefined, { signal: this.#over.signal });
    if (traps.httpStatus) return void response.writeHead(traps.httpStatus).end('no');
    const oddity = this.#options.oddly?.(name, message, request);
    if (oddity && 'httpStatus' in oddity) return void response.writeHead(oddity.httpStatus, oddity.headers).end('no');
    if (oddity && 'status' in oddity)
      return this.#answer(response, answer(message, oddity.status, unsupported(oddity)));
    if (traps.isOld && message.version.major > 1)
      return this.#answer(response, answer(message, statusCodes['server-error-version-not-supported']));

    const reply = await this.#do(name, message, body);
    if (!reply || traps.cuts?.includes(name)) return void request.socket.destroy();
    if (traps.silent?.includes(name)) return;
    if (traps.garbage?.includes(name)) return void response.end(Buffer.from('<html>It works!</html>'));
    if (traps.namesNoJob && (name === 'createJob' || name === 'printJob')) reply.groups.splice(1);
    if (oddity) reply.groups.push(...unsupported({ unsupported: oddity.ignored }));
    this.#answer(response, reply);
  }

  #do(name: OperationName, message: IppMessage, body: AsyncIterator<Buffer>) {
    if (name === 'printJob') return this.#printJob(message, body);
    return name === 'sendDocument' ? this.#sendDocument(message, body) : this.#reply(name, message);
  }

  /** Undefined where the connection is dropped. */
  async #printJob(message: IppMessage, body: AsyncIterator<Buffer>): Promise<IppMessage | undefined> {
    const created = this.#createJob(message, message.groups[0]?.attributes ?? []);
    const job = this.jobs.at(-1);
    return isSuccess(created.code) && job ? await this.#takeDocument(job, message, body) : created;
  }

  #answer(response: http.ServerResponse, message: IppMessage): void {
    response.writeHead(200, { 'Content-Type': 'application/ipp' }).end(encodeMessage(message));
  }

  #reply(name: Exclude<OperationName, 'sendDocument' | 'printJob'>, message: IppMessage): IppMessage {
    const operation = message.groups.find(group => group.tag === groupTags.operation)?.attributes ?? [];
    const ok = statusCodes['successful-ok'];
    if (name === 'getPrinterAttributes') return answer(message, ok, [this.#printerGroup(requestedOf(operation))]);
    if (name === 'createJob') return this.#createJob(message, operation);
    if (name === 'identifyPrinter') return answer(message, ok);
    if (name === 'getJobs')
      return answer(
        message,
        ok,
        this.#list(operation).map(job => this.#jobGroup(job)),
      );

    const job = this.#find(operation);
    if (!job) return answer(message, statusCodes['client-error-not-found'], [], 'no such job');
    if (name === 'getJobAttributes') return answer(message, ok, [this.#jobGroup(job)]);
    if (isOver(job) || this.traps.refusesCancel) return answer(message, statusCodes['client-error-not-possible']);
    this.#change(job, 'canceled', ['job-canceled-by-user']);
    return answer(message, ok);
  }

  #printerGroup(requested: string[]) {
    const isPrinting = this.#known().some(job => job.state === 'processing');
    const story = {
      uri: this.uri,
      uuid: this.uuid,
      upSeconds: Math.floor((performance.now() - this.#switchedOnAt) / 1000) + 1,
      state: this.#stopReasons.length > 0 ? (5 as const) : isPrinting ? (4 as const) : (3 as const),
      reasons: this.#stopReasons,
      isAccepting: !this.traps.notAccepting,
      formats: this.#options.formats ?? ['application/pdf', 'image/jpeg', 'application/octet-stream'],
      attributes: this.#options.attributes ?? [],
    };
    return printerGroup(story, requested);
  }

  #jobGroup(job: PrinterJob) {
    return jobGroup(job, this.uri, this.traps);
  }

  #known(): PrinterJob[] {
    return this.jobs.filter(job => job.boot === this.#boot && !job.isForgotten);
  }

  #find(operation: IppAttribute[]): PrinterJob | undefined {
    return this.#known().find(job => job.id === integerOf(operation, 'job-id'));
  }

  #list(operation: IppAttribute[]): PrinterJob[] {
    const wantsCompleted = textOf(operation, 'which-jobs') === 'completed';
    return this.#known().filter(job => isOver(job) === wantsCompleted);
  }

  #createJob(message: IppMessage, operation: IppAttribute[]): IppMessage {
    const { traps } = this;
    const attributes = message.groups.find(group => group.tag === groupTags.job)?.attributes ?? [];
    if (traps.notAccepting) return answer(message, statusCodes['server-error-not-accepting-jobs']);
    if (traps.refusesTemplate && attributes.length > 0)
      return answer(message, statusCodes['client-error-attributes-or-values-not-supported']);
    if (traps.busy) {
      traps.busy -= 1;
      return answer(message, statusCodes['server-error-busy'], [], 'warming up');
    }
    this.#lastJobId += 1;
    const job = newJob(this.#lastJobId, this.#boot, nameOf(operation), attributes);
    this.jobs.push(job);
    this.#record(job);
    return answer(message, statusCodes['successful-ok'], [this.#jobGroup(job)]);
  }

  /** Undefined if the connection is to be dropped. */
  async #sendDocument(message: IppMessage, body: AsyncIterator<Buffer>): Promise<IppMessage | undefined> {
    const job = this.#find(message.groups[0]?.attributes ?? []);
    return job ? await this.#takeDocument(job, message, body) : answer(message, statusCodes['client-error-not-found']);
  }

  /** Undefined where the connection is dropped. */
  async #takeDocument(
    job: PrinterJob,
    message: IppMessage,
    body: AsyncIterator<Buffer>,
  ): Promise<IppMessage | undefined> {
    const { traps } = this;
    const operation = message.groups[0]?.attributes ?? [];
    if (traps.refusesDocument) return answer(message, traps.refusesDocument);
    job.format = textOf(operation, 'document-format') ?? '';

    if (traps.stopsReading) {
      this.#stopReasons = traps.stopsReading.reasons;
      await wait(traps.stopsReading.milliseconds, undefined, { signal: this.#over.signal });
      this.#stopReasons = [];
    }
    const limit = traps.diesAfterOctets ?? traps.dropsAfterOctets ?? Number.POSITIVE_INFINITY;
    const intake = new Intake(this.#options.digestOnly);
    const { taken, isWhole } = await readDocument(intake, message.data, body, limit);
    Object.assign(job, taken);
    this.#record(job);
    if (traps.diesAfterOctets !== undefined) {
      job.marked = 'part';
      job.wasProcessed = true;
      this.#change(job, 'completed', ['job-completed-successfully']);
      return undefined;
    }
    if (!isWhole) return undefined;
    if (traps.busyForDocument) {
      traps.busyForDocument -= 1;
      return answer(message, statusCodes['server-error-busy']);
    }
    this.#change(job, 'pending', []);
    void this.#print(job).catch(() => undefined);
    return answer(message, statusCodes['successful-ok'], [this.#jobGroup(job)]);
  }

  async #print(job: PrinterJob): Promise<void> {
    const { traps } = this;
    const pause = (milliseconds: number) => wait(milliseconds, undefined, { signal: this.#over.signal });
    const isLive = () => !isOver(job) && job.boot === this.#boot;
    await pause(0);
    if (!isLive()) return;
    job.wasProcessed = true;
    if (traps.aborts) {
      const { reasons, message, afterMilliseconds } = traps.aborts;
      if (afterMilliseconds) {
        this.#change(job, 'processing', ['job-printing']);
        await pause(afterMilliseconds);
      }
      return this.#change(job, 'aborted', reasons, message);
    }
    this.#change(job, 'processing', ['job-printing']);
    if (traps.stops) {
      this.#stopReasons = traps.stops.reasons;
      this.#change(job, 'processing-stopped', ['printer-stopped']);
      await pause(traps.stops.milliseconds);
      this.#stopReasons = [];
      if (isLive()) this.#change(job, 'processing', ['job-printing']);
    }
    await pause(this.#options.printMilliseconds ?? 0);
    if (!isLive()) return;
    if (traps.cancelsAtDevice) return this.#change(job, 'canceled', ['job-canceled-at-device']);
    job.marked = 'all';
    this.#change(job, 'completed', ['job-completed-successfully']);
  }

  #change(job: PrinterJob, state: PrinterJob['state'], reasons: string[], message = ''): void {
    Object.assign(job, { state, reasons, message });
    this.#record(job);
    const { forgetsAfterMilliseconds } = this.traps;
    if (isOver(job) && forgetsAfterMilliseconds !== undefined)
      void wait(forgetsAfterMilliseconds, undefined, { signal: this.#over.signal }).then(
        () => Object.assign(job, { isForgotten: true }),
        () => undefined,
      );
  }

  #record(job: PrinterJob): void {
    if (this.#options.record) recordJob(this.#options.record, job);
  }
}

const unsupported = ({ unsupported: attributes }: { unsupported?: IppAttribute[] }): IppGroup[] =>
  attributes ? [{ tag: groupTags.unsupported, attributes }] : [];

/** The attributes of a request; `data` has the octets of the document received so far. */
async function readHead(body: AsyncIterator<Buffer>): Promise<IppMessage> {
  let octets = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await body.next();
    if (done) throw new IppFormatError('the request is truncated');
    octets = Buffer.concat([octets, value]);
    try {
      return decodeMessage(octets);
    } catch (error) {
      if (!(error instanceof IppFormatError) || !error.truncated) throw error;
    }
  }
}

async function readDocument(intake: Intake, start: Buffer, body: AsyncIterator<Buffer>, limit: number) {
  const add = (chunk: Buffer) => intake.add(chunk.subarray(0, limit - intake.octets));
  add(start);
  try {
    while (intake.octets < limit) {
      const { value, done } = await body.next();
      if (done) return { taken: intake.end(), isWhole: true };
      add(value);
    }
  } catch {
    // the client disconnected
  }
  return { taken: intake.end(), isWhole: false };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      record: { type: 'string' },
      'print-ms': { type: 'string', default: '0' },
      uuid: { type: 'string' },
      'up-seconds': { type: 'string' },
      /** as JSON */
      traps: { type: 'string', default: '{}' },
    },
  });
  const printer = await startIppPrinter({
    port: Number(values.port),
    record: values.record,
    uuid: values.uuid,
    upSeconds: values['up-seconds'] === undefined ? undefined : Number(values['up-seconds']),
    printMilliseconds: Number(values['print-ms']),
    traps: JSON.parse(values.traps) as Traps,
  });
  console.log(printer.uri);
  process.once('SIGTERM', () => void printer.stop());
}
