import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/*
 * Prints through the deployment at PLATEN_ENDPOINT, with a relay process whose printers are folders. Each run has its
 * own location, so a real account can be tested repeatedly.
 */

const { PLATEN_ENDPOINT: endpoint, PLATEN_KEY: key } = process.env;
const patienceMilliseconds = 120_000;
const segmentOctets = 500_000;

describe.skipIf(!endpoint || !key)('a deployed Platen (PLATEN_ENDPOINT and PLATEN_KEY)', () => {
  const location = `test-${randomUUID().slice(0, 8)}`;
  const printers = ['front', 'back'].map(device => `${location}:${device}`);
  let folder: string;
  let relay: ChildProcess;
  let relayOutput = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'platen-acceptance-'));
    for (const device of ['front', 'back']) await mkdir(join(folder, device));
    await call('PUT', `/platen/v1/locations/${location}`);
    const { code } = await call('POST', `/platen/v1/locations/${location}/enrolment-codes`);
    startRelay('--enrol', endpoint as string, '--code', code);
    await until(async () => {
      const { printers: known } = await call('GET', '/platen/v1/printers');
      return printers.every(printer => known.some((record: { printer: string }) => record.printer === printer));
    });
    for (const printer of printers) {
      await call('PATCH', `/platen/v1/printers/${encodeURIComponent(printer)}`, { active: true });
    }
  }, 2 * patienceMilliseconds);

  afterAll(async () => {
    await endRelay('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  function startRelay(...args: string[]): void {
    const named = ['front', 'back'].flatMap(device => ['--printer', `${device}=file://${join(folder, device)}`]);
    const program = resolve(import.meta.dirname, '../../relay/main.ts');
    relay = fork(program, ['--data', join(folder, 'relay'), ...named, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    relay.stderr?.on('data', chunk => {
      relayOutput += chunk;
    });
  }

  async function endRelay(signal: NodeJS.Signals): Promise<void> {
    if (relay.exitCode !== null || relay.signalCode !== null) return;
    const exited = once(relay, 'exit');
    relay.kill(signal);
    await exited;
  }

  async function request(method: string, path: string, body?: RequestInit['body']): Promise<Response> {
    const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
    return await fetch(endpoint + path, {
      method,
      body,
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
    });
  }

  async function call(method: string, path: string, json?: object) {
    const response = await request(method, path, json && JSON.stringify(json));
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return JSON.parse(answer);
  }

  async function until(look: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + patienceMilliseconds; Date.now() < end; await sleep(250)) if (await look()) return;
    throw new Error(`It did not come to be: ${look}\n${relayOutput}`);
  }

  const somePdf = (octets: number) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(octets)]);
  const submit = async (json: object) => (await call('POST', '/platen/v1/jobs', json)).jobs as { id: string }[];
  const jobOf = async (id: string) => await call('GET', `/platen/v1/jobs/${id}`);
  const printed = (id: string) => until(async () => (await jobOf(id)).summary === 'printed');
  /** The documents in a printer's folder, in the order in which they were printed. */
  async function paper(device: string): Promise<Buffer[]> {
    const paths = (await readdir(join(folder, device))).map(name => join(folder, device, name));
    const sheets = await Promise.all(
      paths.map(async path => ({ bytes: await readFile(path), at: (await stat(path, { bigint: true })).mtimeNs })),
    );
    return sheets.toSorted((a, b) => Number(a.at - b.at)).map(sheet => sheet.bytes);
  }
  const comesOutOnce = async (device: string, document: Buffer) =>
    expect((await paper(device)).filter(sheet => sheet.equals(document))).toHaveLength(1);

  test('prints a document, and records each step in its history', async () => {
    const document = somePdf(100_000);

    const [job] = await submit({ printer: printers[0], document: { base64: document.toString('base64') } });
    await printed(job?.id as string);

    await comesOutOnce('front', document);
    const { history, octets, format } = await jobOf(job?.id as string);
    expect({ octets, format }).toEqual({ octets: document.length, format: 'application/pdf' });
    expect(history[0].reasons).toContain('job-fetchable');
    expect(history.at(-1).state).toBe('completed');
  });

  test('prints one document on each of two printers, once', async () => {
    const document = somePdf(30_000);

    const jobs = await submit({ printers, document: { base64: document.toString('base64') } });
    for (const { id } of jobs) await printed(id);

    await comesOutOnce('front', document);
    await comesOutOnce('back', document);
  });

  test('answers a repeated submission with the same job', async () => {
    const document = somePdf(5_000);
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    };
    const body = JSON.stringify({ printer: printers[0], document: { base64: document.toString('base64') } });
    const post = async () => {
      const answer = await fetch(`${endpoint}/platen/v1/jobs`, { method: 'POST', headers, body });
      return (JSON.parse(await answer.text()).jobs as { id: string }[]).map(job => job.id);
    };

    const [first, second] = [await post(), await post()];
    await printed(first[0] as string);

    expect(second).toEqual(first);
    await comesOutOnce('front', document);
  });

  test('prints a document of many segments sent out of order and repeated', async () => {
    const document = somePdf(18_000_000);
    const file = await (await request('GET', '/api/tempfile')).text();
    const offsets = Array.from({ length: Math.ceil(document.length / segmentOctets) }, (_, n) => n * segmentOctets);
    const order = [...offsets, ...offsets.slice(3, 9)].toSorted((a, b) => ((a * 7919) % 101) - ((b * 7919) % 101));
    for (const offset of order) {
      const segment = document.subarray(offset, offset + segmentOctets);
      const answer = await request('PUT', `/api/putsegment?file=${file}&index=${offset}`, new Uint8Array(segment));
      expect(await answer.text()).toBe(String(segment.length));
    }

    const answer = await request('POST', `/api/submitfile?file=${file}&targets=${printers[1]}&title=big.pdf`);
    await printed((await answer.text()).trim());

    await comesOutOnce('back', document);
  });

  test('prints in order the jobs submitted while the relay was offline, and cancels a job it never had', async () => {
    await endRelay('SIGKILL');
    const documents = [somePdf(4000), somePdf(3000), somePdf(2000)];
    const jobs: { id: string }[] = [];
    for (const document of documents) {
      jobs.push(...(await submit({ printer: printers[0], document: { base64: document.toString('base64') } })));
    }
    const [first, second, third] = jobs.map(job => job.id) as [string, string, string];

    const cancelled = await call('POST', `/platen/v1/jobs/${second}/cancel`);
    startRelay();
    for (const id of [first, third]) await printed(id);

    expect(cancelled.summary).toBe('cancelled');
    const cameOut = (await paper('front')).map(sheet => documents.findIndex(document => document.equals(sheet)));
    expect(cameOut.filter(index => index >= 0)).toEqual([0, 2]);
  });

  test('writes what happens to a job, an upload and a printer to the log of events, from the streams of the tables', async () => {
    const from = (await call('GET', '/platen/v1/events?limit=1')).next as number;
    const [job] = await submit({ printer: printers[0], document: { base64: somePdf(2000).toString('base64') } });
    await printed(job?.id as string);
    const answer = await request('POST', '/platen/v1/uploads?name=page.pdf', new Uint8Array(somePdf(3000)));
    const { id: upload } = (await answer.json()) as { id: string };
    const change = { name: `Front ${randomUUID()}` };
    await call('PATCH', `/platen/v1/printers/${encodeURIComponent(printers[0] as string)}`, change);

    const log: { sequence: number; type: string; subject: string }[] = [];
    const typesOf = (subject?: string) => log.filter(event => event.subject === subject).map(({ type }) => type);
    await until(async () => {
      const after = log.at(-1)?.sequence ?? from;
      log.push(
        ...(await call('GET', `/platen/v1/events?after=${after}&types=job.*,printer.*,location.*,upload.*`)).events,
      );
      return (
        typesOf(job?.id).includes('job.completed') &&
        typesOf(printers[0]).includes('printer.updated') &&
        typesOf(upload).includes('upload.completed')
      );
    });

    expect(typesOf(job?.id)[0]).toBe('job.created');
    expect(typesOf(job?.id).at(-1)).toBe('job.completed');
    expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, index) => from + 1 + index));
  });

  test('returns no data for an unknown key', async () => {
    const response = await fetch(`${endpoint}/platen/v1/printers`, {
      headers: { authorization: `Bearer ${randomUUID()}` },
    });

    expect(response.status).toBe(401);
  });
});
