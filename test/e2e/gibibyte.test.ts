import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { residentOctets } from '../../doubles/resident.ts';
import { windowOctets } from '../../shared/core/domain/upload-session.ts';

/* A whole gibibyte takes less than a minute on two cores. Needs 4 GiB of disk space. */

const segmentOctets = 512 * 1024;
const segments = (1024 * 1024 * 1024) / segmentOctets;
const windows = (segments * segmentOctets) / windowOctets;
const connections = 8;
/** The server has none of a document in memory but what is on its way. */
const megabytesAtMost = 500;

const noise = randomBytes(8 * 1024 * 1024);

/** Distinct segments that need not be kept in memory. */
function segment(index: number): Buffer {
  const start = (index * 65_537) % (noise.length - segmentOctets);
  const bytes = Buffer.from(noise.subarray(start, start + segmentOctets));
  bytes.writeUInt32BE(index, 0);
  return bytes;
}

/** Each once, shuffled. */
const shuffled = Array.from({ length: segments }, (_, index) => ({ index, rank: Math.random() }))
  .toSorted((a, b) => a.rank - b.rank)
  .map(({ index }) => index);

describe('a gibibyte in shuffled segments over 8 connections', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  /** The number of windows that are parts already, from the server's database. */
  function composedWindows(): number {
    const db = new DatabaseSync(join(machine.data, 'store', 'platen.db'), { readOnly: true });
    const [row] = db.prepare('SELECT count(*) AS count FROM composed_parts').all() as { count: number }[];
    db.close();
    return row?.count ?? 0;
  }

  async function send(file: string, todo: number[], sent: Set<number>): Promise<void> {
    for (let index = todo.shift(); index !== undefined; index = todo.shift()) {
      const path = `/api/putsegment?file=${file}&index=${index * segmentOctets}`;
      const answer = await machine.text('PUT', path, segment(index)).catch(() => 'no answer');
      if (answer === String(segmentOctets)) sent.add(index);
      else {
        // only a server that is down gives no response; any other response is a failure
        expect(answer).toBe('no answer');
        todo.push(index);
        await sleep(50);
      }
    }
  }

  it('continues after the server was killed, is printed byte-identical, and was composed before its submit', async () => {
    const file = await machine.text('GET', '/api/tempfile');
    const todo = [...shuffled];
    const sent = new Set<number>();

    const sending = Promise.all(Array.from({ length: connections }, () => send(file, todo, sent)));
    await until(() => sent.size >= segments / 2);
    await machine.end('SIGKILL');
    await machine.start();
    await sending;
    const before = composedWindows();
    const id = await machine.text('GET', `/api/submitfile?file=${file}&targets=office:folder&title=gibibyte.bin`);
    const atSubmit = composedWindows() - before;

    expect(id).toMatch(/^[0-9a-f]{32}$/);
    // windows completed by the last segments, of which there may be as many as a window has segments, and few others
    expect(before + atSubmit).toBe(windows);
    expect(atSubmit).toBeLessThanOrEqual(windows / 3);
    await until(async () => (await machine.job('folder', id)).State === 2);
    expect((await residentOctets(machine.pid, 'VmHWM')) / 1e6).toBeLessThan(megabytesAtMost);
    const digest = createHash('sha256');
    for (let index = 0; index < segments; index++) digest.update(segment(index));
    expect(await digestOfPrinted()).toBe(digest.digest('hex'));
  }, 280_000);

  async function digestOfPrinted(): Promise<string> {
    const folder = join(machine.data, 'printed');
    const [name = '', ...others] = readdirSync(folder).filter(file => file.startsWith('gibibyte'));
    expect(others).toEqual([]);
    const digest = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, name))) digest.update(chunk);
    return digest.digest('hex');
  }
});
