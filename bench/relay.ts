import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatenClient } from '../client/client.ts';
import { startCups, startIppEvePrinter } from '../doubles/debian-printers.ts';
import { Machine, until } from '../doubles/machine.ts';
import { startSocketSink } from '../doubles/socket-sink.ts';
import { openOutputDevice } from '../relay/printers/index.ts';
import type { JobId } from '../shared/core/domain/ids.ts';
import { cupsByIpp } from './print.ts';
import { childrenOf, processorMilliseconds } from './processor.ts';
import { median, table } from './statistics.ts';

/*
 * The whole way of a job, from submission to the state `completed`, journal included: small jobs to one raw sink, to
 * many at once, and to ippeveprinter, and one large document. Compared with the relay's own client without cloud and
 * journal, and with CUPS, whose jobs count when they are on paper. Rounds alternate in one run.
 */

const rounds = 3;
const hands = 4;
const documentOctets = 20_000;
const largeOctets = 20_000_000;
/** CUPS takes about a second for each job at an IPP printer. */
const cupsJobs = { socket: 50, ipp: 4 };
const rawPrinters = 8;

interface Target {
  name: string;
  uris: string[];
  jobs: number;
  /** documents of at least so many octets that have come out */
  papers(octets: number): Promise<number>;
}

interface Way {
  name: string;
  jobs: number;
  /** prints so many documents */
  print(count: number, document: Document): Promise<void>;
}

interface Document {
  path: string;
  bytes: Buffer;
}

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-bench-'));
  const [small, large] = await Promise.all(
    [documentOctets, largeOctets].map(octets => makeDocument(join(folder, `${octets}`), octets)),
  );
  const sinks = await Promise.all(Array.from({ length: rawPrinters }, () => startSocketSink()));
  const eve = await startIppEvePrinter();
  const wholes = () => sinks.map(({ connections }) => connections.filter(({ isWhole }) => isWhole).length);
  const targets: Target[] = [
    {
      name: 'one raw printer',
      uris: sinks.slice(0, 1).map(({ uri }) => uri),
      jobs: 200,
      papers: async () => wholes()[0] ?? 0,
    },
    {
      name: `${rawPrinters} raw printers`,
      uris: sinks.map(({ uri }) => uri),
      jobs: 400,
      papers: async () => sum(wholes()),
    },
    { name: 'ippeveprinter', uris: [eve.uri], jobs: 60, papers: octets => jobsIn(eve.folder, octets) },
  ];
  const names = targets.map(({ uris }, target) => uris.map((_, index) => `p${target}-${index}`));
  const printers = targets.flatMap(({ uris }, target) =>
    uris.flatMap((uri, index) => ['--printer', `${names[target]?.[index]}=${uri}`]),
  );
  const machine = await Machine.make(printers);
  await machine.start();
  try {
    for (const [index, target] of targets.entries()) {
      await compare(machine, target, names[index] as string[], small as Document, large as Document);
    }
  } finally {
    await machine.remove();
    await eve.stop();
    await Promise.all(sinks.map(sink => sink.stop()));
    await rm(folder, { recursive: true });
  }
}

async function compare(
  machine: Machine,
  target: Target,
  names: string[],
  small: Document,
  large: Document,
): Promise<void> {
  const [first] = target.uris as [string];
  const isIpp = first.startsWith('ipp:');
  const cups = target.uris.length === 1 ? await startCups(first) : undefined;
  const ways: Way[] = [
    { name: 'Platen', jobs: target.jobs, print: (count, document) => byPlaten(machine, names, document, count) },
    {
      name: 'the client alone',
      jobs: target.jobs,
      print: (count, document) => byClients(target.uris, document, count),
    },
  ];
  if (cups) {
    const print: Way['print'] = async (count, { bytes }) => {
      const before = await target.papers(bytes.length);
      await inHands(count, cupsByIpp(cups.uri, bytes).submit);
      await until(async () => (await target.papers(bytes.length)) >= before + count);
    };
    ways.push({ name: 'CUPS', jobs: cupsJobs[isIpp ? 'ipp' : 'socket'], print });
  }
  const pids = [machine.pid, ...childrenOf(machine.pid)];
  const results = ways.map(way => ({
    way,
    aSecond: [] as number[],
    processor: pids.map(() => [] as number[]),
    large: [] as number[],
  }));
  for (const { way } of results) await way.print(hands, small);
  for (let round = 0; round < rounds; round++) {
    for (const { way, aSecond, processor } of results) {
      const before = pids.map(processorMilliseconds);
      const from = performance.now();
      await way.print(way.jobs, small);
      aSecond.push((way.jobs * 1000) / (performance.now() - from));
      for (const [index, pid] of pids.entries())
        processor[index]?.push((processorMilliseconds(pid) - (before[index] as number)) / way.jobs);
    }
  }
  if (cups) {
    for (let round = 0; round < rounds; round++) {
      for (const { way, large: seconds } of results) {
        const from = performance.now();
        await way.print(1, large);
        seconds.push((performance.now() - from) / 1000);
      }
    }
  }
  await cups?.stop();
  const load = loadavg()[0]?.toFixed(1);
  const head = [
    `${target.name} (load ${load})`,
    'jobs/s',
    'server CPU ms/job',
    'relay CPU ms/job',
    `${largeOctets / 1e6} MB, s`,
  ];
  const rows = results.map(({ way, aSecond, processor, large: seconds }, index) => [
    way.name,
    median(aSecond),
    ...processor.map(each => (index === 0 ? median(each) : '')),
    seconds.length > 0 ? median(seconds) : '',
  ]);
  console.log(`\n${table(head, rows)}`);
}

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);

async function makeDocument(path: string, octets: number): Promise<Document> {
  const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(octets)]);
  await writeFile(path, bytes);
  return { path, bytes };
}

/** ippeveprinter keeps the files of a job under its number, from their first octet. */
async function jobsIn(folder: string, octets: number): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(name => stat(join(folder, name)).catch(() => undefined)));
  const whole = names.filter((_, index) => (sizes[index]?.size ?? 0) >= octets);
  return new Set(whole.map(name => name.split('-')[0])).size;
}

async function inHands(count: number, submit: (job: number) => Promise<void>): Promise<void> {
  let next = 0;
  const hand = async () => {
    while (next < count) await submit(next++);
  };
  await Promise.all(Array.from({ length: hands }, hand));
}

/** More than a request may hold. */
const uploadedOctets = 4_000_000;

async function byPlaten(machine: Machine, names: string[], { bytes }: Document, count: number): Promise<void> {
  const { endpoint, key } = machine.facts;
  const agent = new Agent({ keepAlive: true });
  const submitSmall = (printer: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const url = `${endpoint}/api/putfile?targets=${printer}&title=bench`;
    const headers = { authorization: `Bearer ${key}`, 'content-length': bytes.length };
    const sent = request(url, { method: 'PUT', agent, headers }, answer => {
      answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error('refused'))));
    });
    sent.on('error', reject).end(bytes);
    return promise;
  };
  const client = new PlatenClient({ endpoint, key });
  await inHands(count, async job => {
    const printer = `office:${names[job % names.length]}`;
    if (bytes.length < uploadedOctets) await submitSmall(printer);
    else await client.print(await client.upload(new Blob([bytes])), [printer]);
  });
  agent.destroy();
  // each printer's jobs end in their order
  await until(async () => (await newestStates(machine)).every(state => state === 'completed'));
}

async function newestStates(machine: Machine): Promise<string[]> {
  const { jobs } = JSON.parse(await machine.text('GET', '/platen/v1/jobs?limit=25'));
  return jobs.map(({ state }: { state: string }) => state);
}

/** Each printer's jobs one after another, as a relay does, without a journal. */
async function byClients(uris: string[], document: Document, count: number): Promise<void> {
  await Promise.all(uris.map(uri => byClient(uri, document, count / uris.length)));
}

async function byClient(uri: string, { path, bytes }: Document, count: number): Promise<void> {
  const device = openOutputDevice('bench', uri);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  for (let job = 0; job < count; job++) {
    const outcome = await device.print({
      ticket: {
        jobId: randomBytes(16).toString('hex') as JobId,
        attempt: 1,
        deviceId: 'bench',
        sequence: job,
        name: 'bench',
        format: 'application/pdf',
        octets: bytes.length,
        sha256,
        url: '',
        template: {},
        unconfirmedPolicy: 'ask',
        possibleDuplicate: false,
      },
      path,
      step: async () => undefined,
      progress: () => undefined,
      signal: new AbortController().signal,
    });
    if (outcome.kind !== 'completed') throw new Error(outcome.message);
  }
}
