import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCups } from '../doubles/debian-printers.ts';
import { Machine, until } from '../doubles/machine.ts';
import { startSocketSink } from '../doubles/socket-sink.ts';
import { encodeMessage } from '../shared/ipp/encode.ts';
import { groupTags } from '../shared/ipp/tags.ts';
import { median, percentile, table } from './statistics.ts';

/*
 * Submissions per second, and the time from submission to paper, through server, queue, broker and relay to a raw sink,
 * compared with CUPS with the same document, sink and concurrency, in alternating rounds.
 */

const rounds = 3;
const latencyJobs = 40;
const throughputJobs = 150;
const hands = 4;
const documentOctets = 100_000;
/** operation-id [RFC 8011 5.4.15] */
const printJob = 0x0002;

interface Contender {
  name: string;
  submit(): Promise<void>;
}

interface Round {
  latencies: number[];
  submissionsASecond: number;
  papersASecond: number;
}

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-bench-'));
  const file = join(folder, 'document');
  const bytes = randomBytes(documentOctets);
  await writeFile(file, bytes);
  const sink = await startSocketSink();
  const papers = () => sink.connections.filter(connection => connection.isWhole && connection.octets > 0).length;
  const machine = await Machine.make(['--printer', `raw=socket://127.0.0.1:${sink.port}`]);
  await machine.start();
  const cups = await startCups(`socket://127.0.0.1:${sink.port}`).catch(whyNot);
  try {
    const contenders = [platen(machine, bytes), ...(cups ? [lp(cups.uri, file), cupsByIpp(cups.uri, bytes)] : [])];
    const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
    for (const contender of contenders) await oneByOne(contender, papers, 5);
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) results.get(contender.name)?.push(await measure(contender, papers));
    }
    show(results);
  } finally {
    await cups?.stop();
    await machine.remove();
    await sink.stop();
    await rm(folder, { recursive: true });
  }
}

function whyNot(error: Error): undefined {
  console.log(`Skipping CUPS, which must be installed and needs root: ${error.message}\n`);
}

function platen(machine: Machine, bytes: Buffer): Contender {
  const { endpoint, key } = machine.facts;
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${key}`, 'content-length': bytes.length };
  return {
    name: 'Platen',
    submit: () =>
      new Promise((resolve, reject) => {
        const url = `${endpoint}/api/putfile?targets=office:raw&title=bench`;
        const sent = request(url, { method: 'PUT', agent, headers }, answer => {
          answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error('refused'))));
        });
        sent.on('error', reject).end(bytes);
      }),
  };
}

/** As a user prints: `lp` returns when the scheduler has accepted the job. */
const lp = (uri: string, file: string): Contender => ({
  name: 'CUPS (lp)',
  async submit() {
    await promisify(execFile)('lp', ['-h', new URL(uri).host, '-d', 'raw', '-s', file]);
  },
});

/** The minimal CUPS client: one Print-Job on a persistent connection [RFC 8011 4.2.1]. */
export function cupsByIpp(uri: string, bytes: Buffer): Contender {
  const agent = new Agent({ keepAlive: true });
  const text = (name: string, syntax: 'charset' | 'naturalLanguage' | 'uri', value: string) => ({
    name,
    values: [{ syntax, value }],
  });
  const attributes = [
    text('attributes-charset', 'charset', 'utf-8'),
    text('attributes-natural-language', 'naturalLanguage', 'en'),
    text('printer-uri', 'uri', uri),
  ];
  const groups = [{ tag: groupTags.operation, attributes }];
  const body = encodeMessage({ version: { major: 2, minor: 0 }, code: printJob, requestId: 1, groups, data: bytes });
  const headers = { 'content-type': 'application/ipp', 'content-length': body.length };
  return {
    name: 'CUPS (IPP)',
    submit: () =>
      new Promise((resolve, reject) => {
        const sent = request(uri.replace('ipp:', 'http:'), { method: 'POST', agent, headers }, answer => {
          answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error('refused'))));
        });
        sent.on('error', reject).end(body);
      }),
  };
}

async function measure(contender: Contender, papers: () => number): Promise<Round> {
  const latencies = await oneByOne(contender, papers, latencyJobs);
  const before = papers();
  const startedAt = performance.now();
  let left = throughputJobs;
  const hand = async () => {
    while (left-- > 0) await contender.submit();
  };
  await Promise.all(Array.from({ length: hands }, hand));
  const submitted = performance.now() - startedAt;
  await until(() => papers() >= before + throughputJobs);
  const printed = performance.now() - startedAt;
  const aSecond = (milliseconds: number) => (throughputJobs / milliseconds) * 1000;
  return { latencies, submissionsASecond: aSecond(submitted), papersASecond: aSecond(printed) };
}

/** Milliseconds from the start of the submission to the last octet at the sink, one job at a time. */
async function oneByOne(contender: Contender, papers: () => number, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let job = 0; job < count; job++) {
    const before = papers();
    const startedAt = performance.now();
    await contender.submit();
    while (papers() <= before) await new Promise(setImmediate);
    latencies.push(performance.now() - startedAt);
  }
  return latencies;
}

function show(results: Map<string, Round[]>): void {
  const rows = [...results].map(([name, list]) => {
    const latencies = list.flatMap(round => round.latencies);
    return [
      name,
      median(list.map(round => round.submissionsASecond)),
      median(list.map(round => round.papersASecond)),
      median(latencies),
      percentile(latencies, 0.99),
    ];
  });
  const [ours, ...others] = rows;
  for (const theirs of others) {
    const ratios = ours?.slice(1).map((value, at) => Number(value) / Number(theirs[at + 1])) ?? [];
    rows.push([`Platen / ${theirs[0]}`, ...ratios]);
  }
  const head = [`${documentOctets / 1000} kB to a raw sink`, 'submissions/s', 'papers/s', 'to paper p50 ms', 'p99 ms'];
  console.log(table(head, rows));
}
