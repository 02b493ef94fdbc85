import { describe, expect, it } from 'vitest';
import { KeyBrake } from '../../../server/key-brake.ts';
import { OctetBudget } from '../../../server/octet-budget.ts';

describe('wrong keys of an address', () => {
  const showMany = (brake: KeyBrake, address: string, count: number, now: number) =>
    Array.from({ length: count }, () => brake.isTooMany(address, now));

  it('are refused as such for the first hundred a minute, and then slowed', () => {
    const brake = new KeyBrake();

    expect(showMany(brake, '192.0.2.1', 101, 0).filter(isTooMany => isTooMany)).toHaveLength(1);
    expect(brake.isTooMany('192.0.2.2', 0)).toBe(false);
    expect(brake.isTooMany('192.0.2.1', 59_999)).toBe(true);
    expect(brake.isTooMany('192.0.2.1', 60_000)).toBe(false);
  });

  it('are forgotten when the clock is set back by more than a minute', () => {
    const brake = new KeyBrake();
    showMany(brake, '192.0.2.1', 101, 3_600_000);

    expect(brake.isTooMany('192.0.2.1', 0)).toBe(false);
  });

  it('are forgotten for the addresses that were seen the longest time ago', () => {
    const brake = new KeyBrake();
    showMany(brake, 'old', 101, 0);
    for (let index = 0; index < 10_000; index++) brake.isTooMany(`address ${index}`, 0);

    expect(brake.isTooMany('old', 0)).toBe(false);
  });
});

describe('octets in flight', () => {
  it('are taken as long as there are some, and given back', () => {
    const budget = new OctetBudget(10);

    expect([budget.take(6), budget.take(6), budget.take(4), budget.take(1)]).toEqual([true, false, true, false]);
    budget.give(6);
    expect(budget.take(5)).toBe(true);
  });
});
