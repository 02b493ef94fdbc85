import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { startCups } from '../debian-printers.ts';
import { LpdPrinter } from '../lpd-printer.ts';
import { startSocketSink } from '../socket-sink.ts';

const root = resolve(import.meta.dirname, '../..');

/** A printer in its own process where it has one, whose spool says what came out. */
export interface FaultPrinter {
  uri: string;
  /** 0 for a printer without a line */
  port: number;
  /** the texts of whole documents that came out, one for each time */
  papers(): string[];
  /** absent for what cannot be killed or stopped */
  signal?: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  kill?: () => Promise<void>;
  start?: () => Promise<void>;
  remove(): Promise<void>;
}

export const hasCups =
  spawnSync('sh', ['-c', 'PATH="$PATH:/usr/sbin"; command -v cupsd && command -v lpadmin']).status === 0;

export const printPaths = {
  raw: () => startDouble('socket-sink.ts', ['--traps', '{"lateMilliseconds":60}'], papersOfSink),
  ipp: () =>
    startDouble('ipp-printer.ts', ['--print-ms', '40', '--uuid', `urn:uuid:${crypto.randomUUID()}`], papersOfIpp),
  lpd: startLpd,
  folder: startFolder,
  cups: startCupsQueue,
} satisfies Record<string, () => Promise<FaultPrinter>>;

export type PrintPath = keyof typeof printPaths;

/** Each start records in a folder of its own: a printer that was switched off counts its jobs from 1 again. */
async function startDouble(file: string, args: string[], read: (record: string) => string[]): Promise<FaultPrinter> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-paper-'));
  let running: ChildProcess | undefined;
  let starts = 0;
  const start = async () => {
    const record = join(folder, String(++starts));
    mkdirSync(record);
    const restarted = starts > 1 && file.startsWith('ipp') ? ['--up-seconds', '1'] : [];
    const all = [
      join(root, 'doubles', file),
      '--port',
      String(printer.port),
      '--record',
      record,
      ...args,
      ...restarted,
    ];
    running = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(running.stdout as NodeJS.ReadableStream), 'line');
    printer.uri = String(line);
    printer.port = Number(new URL(printer.uri).port);
  };
  const kill = async () => {
    const ending = running;
    running = undefined;
    if (!ending || ending.exitCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill('SIGKILL');
    await exited;
  };
  const printer: FaultPrinter = {
    ...{ uri: '', port: 0, start, kill },
    papers: () => readdirSync(folder).flatMap(name => read(join(folder, name))),
    signal: signal => void running?.kill(signal),
    async remove() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await start();
  return printer;
}

function papersOfSink(record: string): string[] {
  return documentsIn(record).map(name => readFileSync(join(record, name), 'utf8'));
}

function papersOfIpp(record: string): string[] {
  return documentsIn(record)
    .filter(name => JSON.parse(readFileSync(join(record, name.replace('.document', '.json')), 'utf8')).marked === 'all')
    .map(name => readFileSync(join(record, name), 'utf8'));
}

const documentsIn = (record: string) => readdirSync(record).filter(name => name.endsWith('.document'));

async function startLpd(): Promise<FaultPrinter> {
  const printer = await LpdPrinter.start({ lateMilliseconds: 60 });
  return {
    ...{ uri: printer.uri, port: Number(new URL(printer.uri).port) },
    papers: () => printer.jobs.map(({ document }) => String(document)),
    remove: () => printer.stop(),
  };
}

async function startFolder(): Promise<FaultPrinter> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-paper-'));
  return {
    ...{ uri: pathToFileURL(folder).href, port: 0 },
    papers: () =>
      readdirSync(folder)
        .filter(name => !name.startsWith('.'))
        .map(name => readFileSync(join(folder, name), 'utf8')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** CUPS is not killed: it prints twice by itself after that. */
async function startCupsQueue(): Promise<FaultPrinter> {
  const sink = await startSocketSink();
  const cups = await startCups(sink.uri);
  return {
    ...{ uri: cups.uri, port: Number(new URL(cups.uri).port) },
    papers: () => sink.connections.filter(({ isWhole }) => isWhole).map(({ document }) => String(document)),
    async remove() {
      await cups.stop();
      await sink.stop();
    },
  };
}
