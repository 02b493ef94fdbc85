import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { contentOf, expectBytes, someBytes, someCompany, someSession } from '../../../../doubles/samples.ts';
import { type Embedded, openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import type { JobId, UploadId } from '../../../../shared/core/domain/ids.ts';
import { someFolder } from './folder.ts';

/** Runs a writer until it printed `lines` lines, kills it, and returns its output by kind. */
async function killedAfter(folder: string, lines: number): Promise<Map<string, string[][]>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[][] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line.split(' '));
    if (said.length === lines) child.kill('SIGKILL');
  }
  return Map.groupBy(said, words => words[0] as string);
}

const open = (folder: string) => openEmbedded({ folder, publicUrl: () => 'http://localhost' });

/** Everything acknowledged exists and is complete; nothing partial exists. */
async function checkAll({ jobs, documents, pieces }: Embedded, said: Map<string, string[][]>): Promise<void> {
  for (const [, id] of said.get('job') ?? []) expect(await jobs.get(id as JobId)).toMatchObject({ id, version: 1 });

  for (const [, key, octets, seed] of said.get('document') ?? []) {
    expectBytes(await contentOf(await documents.read(key as string)), someBytes(Number(octets), Number(seed)));
  }
  const company = said.get('document')?.[0]?.[1]?.split('/')[1];
  for (const { octets } of await documents.list(`companies/${company}/`)) expect(octets).toBeGreaterThan(5000);

  const session = someSession(someCompany(), { id: said.get('session')?.[0]?.[1] as UploadId });
  const listed = await pieces.list(session);
  const ordinals = listed.map(piece => piece.ordinal);
  for (const [, ordinal] of said.get('piece') ?? []) expect(ordinals).toContain(Number(ordinal));
  for (const piece of listed) expectBytes(await pieces.read(session, piece), someBytes(7000, piece.ordinal));
  await pieces.put(session, { offset: 0, octets: 3, ordinal: 1_000_000 }, Buffer.from('new'));
  expect(await pieces.list(session)).toHaveLength(listed.length + 1);
}

async function checkParts({ documents }: Embedded, said: string[][]): Promise<void> {
  const [, key, id] = said[0] as [string, string, string];
  const parts = await documents.parts(key, id);
  const stored = new Map(parts.map(part => [part.part, part.etag]));
  for (const [, , , part, etag] of said) expect(stored.get(Number(part))).toBe(etag);
  const run = parts.filter((part, index) => part.part === index + 1);
  if (run.length === 0) return;
  await documents.completeMultipart(key, id, run);
  expectBytes(
    await contentOf(await documents.read(key)),
    Buffer.concat(run.map(({ part }) => someBytes(10_000, part))),
  );
}

async function checkMessages({ queue }: Embedded, said: string[][]): Promise<void> {
  const row = {
    function: 'offer',
    batchSize: 10,
    concurrency: 1,
    visibilitySeconds: 60,
    maximumDeliveries: 3,
  } as const;
  const missing = new Set(said.map(words => words[1] as string));
  const { promise: allDelivered, resolve } = Promise.withResolvers<void>();
  const consumer = queue.consume('offer', row, async event => {
    for (const record of event.Records) missing.delete(record.body);
    if (missing.size === 0) resolve();
    return undefined;
  });
  await allDelivered;
  await consumer.stop();
}

test.each([40, 400, 2000])('a kill after %i acknowledgements loses nothing acknowledged', async lines => {
  const folder = someFolder();

  const said = await killedAfter(folder, lines);
  const embedded = await open(folder);

  await checkAll(embedded, said);
  if (said.has('part')) await checkParts(embedded, said.get('part') as string[][]);
  if (said.has('message')) await checkMessages(embedded, said.get('message') as string[][]);
  await embedded.close();
});

test('partial data of a killed process is deleted at the next start', async () => {
  const folder = someFolder();
  await killedAfter(folder, 400);
  const embedded = await open(folder);

  expect(await readdir(join(folder, 'temporary'))).toEqual([]);
  await embedded.close();
});
