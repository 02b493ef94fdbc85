import { expect } from 'vitest';
import { type Machine, until } from './machine.ts';

export const segmentOctets = 500_000;

/** Puts a file in segments, out of order, every fifth of them twice. */
export async function sendShuffled(machine: Machine, file: string, bytes: Buffer): Promise<void> {
  const offsets = Array.from({ length: Math.ceil(bytes.length / segmentOctets) }, (_, index) => index * segmentOctets);
  const repeated = offsets.filter((_, index) => index % 5 === 0);
  const order = [...offsets, ...repeated].map((offset, index) => ({ offset, rank: (index * 7919) % 101 }));
  for (const { offset } of order.toSorted((a, b) => a.rank - b.rank)) {
    const segment = bytes.subarray(offset, offset + segmentOctets);
    const count = await machine.text('PUT', `/api/putsegment?file=${file}&index=${offset}`, new Uint8Array(segment));
    expect(count).toBe(String(segment.length));
  }
}

/** The states that polling sees, without repeats, until the job is delivered. */
export async function watchStates(machine: Machine, device: string, id: string): Promise<number[]> {
  const seen: number[] = [];
  await until(async () => {
    const { State } = await machine.job(device, id);
    if (seen.at(-1) !== State) seen.push(State);
    return State === 2;
  });
  return seen;
}

/** States only ever go on: 0, 1, 2, any of which a poll may miss but the last. */
export function expectInOrder(states: number[]): void {
  expect(states).toEqual([0, 1, 2].filter(state => states.includes(state)));
  expect(states.at(-1)).toBe(2);
}
