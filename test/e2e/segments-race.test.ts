import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

const connections = 4;

describe('a file that is submitted while its segments are still on their way', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  const submit = (file: string) =>
    machine.text('GET', `/api/submitfile?file=${file}&targets=office:folder&title=${file}`);
  const isJob = (answer: string) => /^[0-9a-f]{32}$/.test(answer);

  async function printed(file: string, job: string): Promise<Buffer> {
    await until(async () => (await machine.job('folder', job)).State === 2);
    const folder = join(machine.data, 'printed');
    const name = (await readdir(folder)).find(entry => entry.startsWith(file));
    return readFileSync(join(folder, name as string));
  }

  /** Sends some segments, then the rest and the submit at once; returns the result of each. */
  async function race(octets: number, slots: number, before: number) {
    const file = await machine.text('GET', '/api/tempfile');
    const answers = new Map<number, string>();
    const put = async (slot: number) => {
      const path = `/api/putsegment?file=${file}&index=${slot * octets}`;
      answers.set(slot, await machine.text('PUT', path, new Uint8Array(octets).fill(slot + 1)));
    };
    const waiting = Array.from({ length: slots }, (_, slot) => slot);
    for (const slot of waiting.splice(0, before)) await put(slot);
    const connection = async () => {
      for (let slot = waiting.shift(); slot !== undefined; slot = waiting.shift()) await put(slot);
    };
    const [first] = await Promise.all([submit(file), ...Array.from({ length: connections }, connection)]);
    let job = first;
    while (!isJob(job)) {
      expect(job).toMatch(/^Error: The upload has missing bytes/);
      for (const slot of answers.keys()) if (answers.get(slot) !== String(octets)) await put(slot);
      job = await submit(file);
    }
    return { answers, document: await printed(file, job) };
  }

  it.each([
    ['within one window', 50_000, 40, 12],
    ['over several windows', 1_000_000, 24, 4],
  ])('contains every acknowledged segment: %s', async (_title, octets, slots, rounds) => {
    for (let round = 0; round < rounds; round++) {
      const { answers, document } = await race(octets, slots, 1 + Math.floor((round * slots) / rounds));

      const octetsOf = (slot: number) => document.subarray(slot * octets, (slot + 1) * octets);
      const isIn = (slot: number) => octetsOf(slot).equals(Buffer.alloc(octets, slot + 1));
      for (const [slot, answer] of answers) {
        const isAcknowledged = answer === String(octets);
        if (!isAcknowledged) expect(answer).toMatch(/^Error: Upload \w+ (is being|was) submitted/);
        expect([round, slot, isIn(slot) || !isAcknowledged]).toEqual([round, slot, true]);
      }
    }
  });
});
