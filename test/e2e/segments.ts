import { createHash, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { expect } from 'vitest';
import { type Machine, until } from '../../doubles/machine.ts';

const segmentOctets = 500_000;

const documentOctets = 20_000_000;

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Prints one large document on a laser and a raw printer at once, from segments of its compressed octets, and follows
 * both jobs to their end. Returns the document's digest and the laser's job.
 */
export async function printInSegments(machine: Machine): Promise<{ digest: string; octets: number; laserJob: string }> {
  // noise does not compress, so as many octets are sent as are printed
  const document = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(documentOctets)]);
  const file = await machine.text('GET', '/api/tempfile');
  await sendShuffled(machine, file, deflateSync(document));
  const targets = 'office:laser;office:raw';
  const answer = await machine.text('POST', `/api/submitfile?file=${file}&targets=${targets}&cmp=1&title=big.pdf`);
  const [laserJob = '', rawJob = ''] = answer.split('\n');
  expectInOrder(await watchStates(machine, 'laser', laserJob));
  expectInOrder(await watchStates(machine, 'raw', rawJob));
  return { digest: sha256(document), octets: document.length, laserJob };
}

/** Sends a file in segments, shuffled, every fifth of them twice. */
async function sendShuffled(machine: Machine, file: string, bytes: Buffer): Promise<void> {
  const offsets = Array.from({ length: Math.ceil(bytes.length / segmentOctets) }, (_, index) => index * segmentOctets);
  const repeated = offsets.filter((_, index) => index % 5 === 0);
  const order = [...offsets, ...repeated].map((offset, index) => ({ offset, rank: (index * 7919) % 101 }));
  for (const { offset } of order.toSorted((a, b) => a.rank - b.rank)) {
    const segment = bytes.subarray(offset, offset + segmentOctets);
    const count = await machine.text('PUT', `/api/putsegment?file=${file}&index=${offset}`, new Uint8Array(segment));
    expect(count).toBe(String(segment.length));
  }
}

/** The distinct states seen by polling, until the job is delivered. */
async function watchStates(machine: Machine, device: string, id: string): Promise<number[]> {
  const seen: number[] = [];
  await until(async () => {
    const { State } = await machine.job(device, id);
    if (seen.at(-1) !== State) seen.push(State);
    return State === 2;
  });
  return seen;
}

/** States only increase: 0, 1, 2; polling may miss any but the last. */
function expectInOrder(states: number[]): void {
  expect(states).toEqual([0, 1, 2].filter(state => states.includes(state)));
  expect(states.at(-1)).toBe(2);
}
