import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCups, startIppEvePrinter } from '../doubles/debian-printers.ts';
import { Machine, until } from '../doubles/machine.ts';
import { startSocketSink } from '../doubles/socket-sink.ts';
import { openOutputDevice } from '../relay/printers/index.ts';
import type { JobId } from '../shared/core/domain/ids.ts';
import { cupsByIpp } from './print.ts';
import { median, table } from './statistics.ts';

/*
 * The whole way of small jobs, from submission to the state `completed`, journal included, at a raw sink and at
 * ippeveprinter: Platen, the relay's own client without cloud and journal, and CUPS, whose jobs count when they are on
 * paper. Rounds alternate in one run.
 */

const rounds = 3;
const jobs = 200;
const hands = 4;
const documentOctets = 20_000;

type Print = (count: number) => Promise<void>;

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-bench-'));
  const document = join(folder, 'document');
  const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(documentOctets)]);
  await writeFile(document, bytes);
  const sink = await startSocketSink();
  const printer = await startIppEvePrinter();
  const machine = await Machine.make(['--printer', `raw=${sink.uri}`, '--printer', `eve=${printer.uri}`]);
  await machine.start();
  const targets = [
    { name: 'raw', uri: sink.uri, papers: async () => sink.connections.filter(({ isWhole }) => isWhole).length },
    { name: 'eve', uri: printer.uri, papers: async () => (await readdir(printer.folder)).length },
  ];
  for (const { name, uri, papers } of targets) {
    const cups = await startCups(uri);
    const ways: Record<string, Print> = {
      Platen: count => byPlaten(machine, name, bytes, count),
      'the client alone': count => byClient(uri, document, bytes, count),
      CUPS: async count => {
        const before = await papers();
        await inHands(count, cupsByIpp(cups.uri, bytes).submit);
        await until(async () => (await papers()) >= before + count);
      },
    };
    const results = Object.keys(ways).map(way => ({ way, aSecond: [] as number[] }));
    for (let round = -1; round < rounds; round++) {
      for (const { way, aSecond } of results) {
        const from = performance.now();
        const count = round < 0 ? hands : jobs;
        await ways[way]?.(count);
        if (round >= 0) aSecond.push((count * 1000) / (performance.now() - from));
      }
    }
    console.log(`\n${name}: ${uri}\n`);
    console.log(
      table(
        ['', 'jobs a second'],
        results.map(({ way, aSecond }) => [way, median(aSecond)]),
      ),
    );
    await cups.stop();
  }
  await machine.remove();
  await printer.stop();
  await sink.stop();
  await rm(folder, { recursive: true });
}

async function inHands(count: number, submit: () => Promise<void>): Promise<void> {
  let left = count;
  const hand = async () => {
    while (left-- > 0) await submit();
  };
  await Promise.all(Array.from({ length: hands }, hand));
}

async function byPlaten(machine: Machine, printer: string, bytes: Buffer, count: number): Promise<void> {
  const { endpoint, key } = machine.facts;
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${key}`, 'content-length': bytes.length };
  await inHands(count, async () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const url = `${endpoint}/api/putfile?targets=office:${printer}&title=bench`;
    const sent = request(url, { method: 'PUT', agent, headers }, answer => {
      answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error('refused'))));
    });
    sent.on('error', reject).end(bytes);
    await promise;
  });
  const isOpen = async (state: string) => {
    const { jobs: open } = JSON.parse(await machine.text('GET', `/platen/v1/jobs?state=${state}&limit=1`));
    return open.length > 0;
  };
  await until(async () => !(await isOpen('pending')) && !(await isOpen('processing')));
}

/** One after another, as a relay does, without a journal. */
async function byClient(uri: string, path: string, bytes: Buffer, count: number): Promise<void> {
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
