import { describe, expect, it } from 'vitest';
import { makeStoredOctets } from '../../../../shared/adapters/embedded/documents/stored-octets.ts';
import { companyPrefixes } from '../../../../shared/core/domain/document.ts';
import type { CompanyId } from '../../../../shared/core/domain/ids.ts';

const [one, two] = ['one', 'two'] as CompanyId[] as [CompanyId, CompanyId];

/** A store that lists as many octets as the test says in the first folder of a company, and one in each other. */
function open() {
  let now = 1_000_000;
  const stored = { octets: 100, lists: 0, fault: undefined as Error | undefined };
  const first = (prefix: string) => [one, two].some(company => companyPrefixes(company)[0] === prefix);
  const counter = makeStoredOctets(
    {
      async list(prefix) {
        stored.lists++;
        if (stored.fault) throw stored.fault;
        return [{ key: `${prefix}a`, octets: first(prefix) ? stored.octets : 1 }];
      },
    },
    () => now,
  );
  const rest = companyPrefixes(one).length - 1;
  const measurements = () => stored.lists / (rest + 1);
  const wait = (milliseconds: number) => {
    now += milliseconds;
  };
  return { counter, stored, rest, measurements, wait };
}

const [usual, full] = [5 * 60_000, 10_000];

describe('the octets that a company stores', () => {
  it('are counted with what it adds, up to its quota', async () => {
    const { counter, rest, measurements } = open();
    const most = 100 + rest + 30;

    const answers = [
      await counter.add(one, 20, most),
      await counter.add(one, 11, most),
      await counter.add(one, 10, most),
      await counter.add(one, 1, most),
      await counter.add(one, 0, most),
      await counter.add(one, 1_000_000),
    ];

    expect(answers).toEqual([true, false, true, false, true, true]);
    expect(measurements()).toBe(1);
  });

  it('are those of a company alone', async () => {
    const { counter, rest } = open();
    await counter.add(one, 30, 130 + rest);

    expect(await counter.add(two, 30, 130 + rest)).toBe(true);
  });

  it.each([
    ['there is room', 1, usual],
    ['it is full', 1000, full],
  ])('are measured again after a while: when %s', async (_name, octets, milliseconds) => {
    const { counter, measurements, wait, rest } = open();
    await counter.add(one, 0, 200 + rest);

    wait(milliseconds - 1);
    await counter.add(one, octets, 200 + rest);
    const before = measurements();
    wait(1);
    await counter.add(one, octets, 200 + rest);

    expect([before, measurements()]).toEqual([1, 2]);
  });

  it('are fewer after something was deleted', async () => {
    const { counter, stored, rest, wait } = open();
    const before = await counter.add(one, 1, 100 + rest);
    stored.octets = 50;
    wait(full);

    expect([before, await counter.add(one, 50, 100 + rest)]).toEqual([false, true]);
  });

  it('are measured once for calls at the same time', async () => {
    const { counter, measurements, rest, wait } = open();
    const atOnce = () => Promise.all(Array.from({ length: 5 }, () => counter.add(one, 10, 100 + rest + 30)));

    const first = await atOnce();
    wait(usual);
    await atOnce();

    expect(first.filter(isKept => isKept)).toHaveLength(3);
    expect(measurements()).toBe(2);
  });

  it('are measured again after a measurement failed', async () => {
    const { counter, stored } = open();
    stored.fault = new Error('the disk failed');
    await expect(counter.add(one, 1)).rejects.toThrow('the disk failed');
    stored.fault = undefined;

    expect(await counter.add(one, 1)).toBe(true);
  });
});
