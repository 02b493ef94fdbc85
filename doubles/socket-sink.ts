import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Intake, type TakenDocument } from './intake.ts';

/**
 * A raw printer on port 9100 for tests. It also runs as a process: `node doubles/socket-sink.ts --port 9100 --record
 * folder` prints its URI on one line, and writes the octets of each connection to a file there.
 */
export interface SocketSinkOptions {
  /** 0 for any free port */
  port?: number;
  record?: string;
  /** keeps no octets of documents, for large ones */
  digestOnly?: boolean;
  traps?: SocketTraps;
}

/** Behaviour observed on real raw printers. Each can be switched on and off while the double runs. */
export interface SocketTraps {
  /** reads everything and never closes */
  noFin?: boolean;
  /** resets the connection after this many octets */
  resetsAfterOctets?: number;
  /** closes its side after this many octets */
  closesAfterOctets?: number;
  /** resets the connection at the end instead of closing it */
  resetsAtEnd?: boolean;
  /** delays closing its side */
  lateMilliseconds?: number;
  /** stops reading after the first octets, as when paper runs out */
  stopsReading?: boolean;
  /** sends octets back continuously */
  chatty?: boolean;
}

export interface SinkConnection extends TakenDocument {
  /** the client has closed its side: everything was received */
  isWhole: boolean;
}

export async function startSocketSink(options: SocketSinkOptions = {}): Promise<SocketSink> {
  const sink = new SocketSink(options);
  await sink.start();
  return sink;
}

export class SocketSink {
  readonly connections: SinkConnection[] = [];
  readonly traps: SocketTraps;
  port: number;
  readonly #record: string | undefined;
  readonly #digestOnly: boolean;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server | undefined;

  constructor({ port = 0, record, digestOnly = false, traps }: SocketSinkOptions) {
    this.port = port;
    this.#record = record;
    this.#digestOnly = digestOnly;
    this.traps = { ...traps };
  }

  get uri(): string {
    return `socket://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true }, socket => this.#serve(socket));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as net.AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    await new Promise<void>(resolve => (server ? server.close(() => resolve()) : resolve()));
  }

  /** connections that neither side has closed */
  get open(): number {
    return this.#sockets.size;
  }

  /** Closes its side of all connections, as a printer that has printed. */
  endOpen(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** Resets all connections. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #serve(socket: net.Socket): void {
    const { traps } = this;
    const connection: SinkConnection = { octets: 0, sha256: '', document: Buffer.alloc(0), isWhole: false };
    const intake = new Intake(this.#digestOnly);
    this.connections.push(connection);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', chunk => {
      intake.add(chunk);
      connection.octets = intake.octets;
      if (traps.chatty) socket.write('@PJL USTATUS DEVICE\r\nCODE=10001\r\n');
      if (traps.stopsReading) socket.pause();
      if (connection.octets >= (traps.resetsAfterOctets ?? Number.POSITIVE_INFINITY)) socket.resetAndDestroy();
      if (connection.octets >= (traps.closesAfterOctets ?? Number.POSITIVE_INFINITY)) socket.end();
    });
    socket.on('end', () => {
      connection.isWhole = true;
      Object.assign(connection, intake.end());
      this.#keep(connection);
      if (traps.resetsAtEnd) socket.resetAndDestroy();
      else if (!traps.noFin) setTimeout(() => socket.end(), traps.lateMilliseconds ?? 0).unref();
    });
  }

  /** `1.document`, numbered by connection; written atomically, for readers in other processes */
  #keep(connection: SinkConnection): void {
    if (!this.#record) return;
    mkdirSync(this.#record, { recursive: true });
    const path = join(this.#record, `${this.connections.indexOf(connection) + 1}.document`);
    writeFileSync(`${path}.part`, connection.document);
    renameSync(`${path}.part`, path);
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      record: { type: 'string' },
      /** as JSON */
      traps: { type: 'string', default: '{}' },
    },
  });
  const traps = JSON.parse(values.traps) as SocketTraps;
  const sink = await startSocketSink({ port: Number(values.port), record: values.record, traps });
  console.log(sink.uri);
  process.once('SIGTERM', () => void sink.stop());
}
