import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StandbyTimer } from '../../../relay/standby-timer.ts';

const tickets = (fetchAgainMilliseconds?: number) => ({
  ...{ type: 'tickets' as const, tickets: [], more: false },
  ...(fetchAgainMilliseconds === undefined ? {} : { standby: { fetchAgainMilliseconds } }),
});
let [fetched, activated] = [0, 0];
const timer = () =>
  new StandbyTimer(
    () => fetched++,
    () => activated++,
  );

beforeEach(() => {
  vi.useFakeTimers();
  [fetched, activated] = [0, 0];
});
afterEach(() => void vi.useRealTimers());

it('asks again and again while this relay is the standby, also when no answer comes', () => {
  const standby = timer();

  standby.receive(tickets(30_000));
  vi.advanceTimersByTime(90_000);

  expect([fetched, activated, standby.isStandby]).toEqual([3, 0, true]);
});

it('asks after the time of the newest answer, but not more than once a second', () => {
  const standby = timer();

  standby.receive(tickets(30_000));
  standby.receive(tickets(0));
  vi.advanceTimersByTime(3000);

  expect(fetched).toBe(3);
});

it('says once that this relay has taken over, and asks no more', () => {
  const standby = timer();
  standby.receive(tickets());
  standby.receive(tickets(30_000));
  standby.receive({ type: 'noted', jobId: 'a' as never, attempt: 1 });

  standby.receive(tickets());
  standby.receive(tickets());
  vi.advanceTimersByTime(90_000);

  expect([fetched, activated, standby.isStandby]).toEqual([0, 1, false]);
});
