import { describe, expect, it } from 'vitest';
import { allIn, billSections, idleMonth, ownKeyMonth, waitingPage } from '../../../bench/bill.ts';
import { functions } from '../../../shared/protocol/service-table.ts';

/** As counted by the footprint on 2026-11-29. */
const counted = {
  quietDollars: 22.12,
  writeUnits: 10,
  logOctets: 1981,
  itemOctets: 1333,
  pollReadUnits: 1,
  reconnectDollars: 6.9,
};
const sum = (parts: Record<string, number>) => Object.values(parts).reduce((all, part) => all + part, 0);

describe('the bill', () => {
  it('of a million jobs, without polls and egress, is below 25 dollars', () => {
    expect(allIn(counted)).toBeGreaterThan(counted.quietDollars);
    expect(allIn(counted)).toBeLessThan(25);
    // as on the page
    expect(allIn(counted)).toBeCloseTo(24.56, 1);
  });

  it('of a million pages of three seconds that requests wait for is below 110 dollars', () => {
    expect(sum(waitingPage(counted, 3, 0.3))).toBeLessThan(110);
    // seldom enough that they are no large part of it
    expect(waitingPage(counted, 3, 0.3).polls).toBeLessThan(10);
  });

  it('of a page includes that it computes longer where a function has less than a core', () => {
    const [waits, computes] = [waitingPage(counted, 3, 0), waitingPage(counted, 3, 3)];

    expect((computes.render as number) / (waits.render as number)).toBeCloseTo(
      1769 / functions.render.memoryMegabytes,
      1,
    );
    expect(computes.convert).toBeGreaterThan(waits.convert as number);
  });

  it('grows with what it is computed from', () => {
    expect(allIn({ ...counted, logOctets: 10 * counted.logOctets })).toBeGreaterThan(allIn(counted) + 5);
    expect(idleMonth(91) - idleMonth(90)).toBeCloseTo(0.1);
    expect(ownKeyMonth()).toBeGreaterThan(1);
    expect(ownKeyMonth()).toBeLessThan(5);
  });

  it('has a number in each cell of its tables', () => {
    expect(billSections(counted, 91)).not.toMatch(/NaN|undefined|Infinity/);
  });
});
