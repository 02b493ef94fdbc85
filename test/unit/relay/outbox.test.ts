import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type Repeated } from '../../../relay/outbox.ts';
import type { Report, UpMessage } from '../../../shared/protocol/relay-protocol.ts';
import { jobIdOf } from './relay-fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const report = (number: number): Report => ({
  ...{ type: 'report', jobId: jobIdOf(number), attempt: 1, sequence: 1, at: 1_000 },
  ...{ state: 'completed', reasons: ['job-completed-successfully'] },
});
const ask = (number: number): Repeated => ({ type: 'acknowledge', jobId: jobIdOf(number), attempt: 1, ask: 1 });
const keyOf = (number: number) => `${number}`;

/** An outbox whose asks are repeated after 10 ms and then after 20, 30 and so on, its reports ten times as late. */
function openOutbox() {
  const sent: UpMessage[] = [];
  const outbox = new Outbox(message => void sent.push(message), {
    acknowledge: tries => 10 * (tries + 1),
    report: tries => 100 * (tries + 1),
  });
  /** How many messages go out while so much time passes. */
  const sentWithin = (milliseconds: number) => {
    const before = sent.length;
    vi.advanceTimersByTime(milliseconds);
    return sent.length - before;
  };
  return { outbox, sent, sentWithin };
}

describe('a message in the outbox', () => {
  it.each([
    ['an ask', ask(1), 10],
    ['a report', report(1), 100],
  ])('is sent at once and again, ever more seldom, until it is removed: %s', (_name, message, milliseconds) => {
    const { outbox, sent, sentWithin } = openOutbox();

    outbox.put('1', message);
    const counts = [sent.length, ...[1, 2, 3].map(tries => sentWithin(tries * milliseconds))];
    outbox.remove('1');

    expect(counts).toEqual([1, 1, 1, 1]);
    expect(vi.getTimerCount()).toBe(0);
    expect(sentWithin(100_000)).toBe(0);
  });

  it('replaces what was there under its key', () => {
    const { outbox, sent, sentWithin } = openOutbox();

    outbox.put('1', ask(1));
    outbox.put('1', report(1));
    sentWithin(60);

    expect(sent).toEqual([ask(1), { ...report(1), canWait: true }]);
  });

  it('is sent again on demand, and then as seldom as before', () => {
    const { outbox, sentWithin } = openOutbox();
    outbox.put('1', ask(1));
    sentWithin(10);

    outbox.sendAgain('1');

    expect([sentWithin(29), sentWithin(1)]).toEqual([0, 1]);
  });

  it('is sent as if for the first time when it is restarted', () => {
    const { outbox, sentWithin } = openOutbox();
    outbox.put('1', ask(1));
    sentWithin(10 + 20 + 30);

    outbox.restart('1');

    expect([sentWithin(9), sentWithin(1)]).toEqual([0, 1]);
  });

  it.each(['sendAgain', 'restart', 'remove'] as const)('that is not there is no matter for %s', operation => {
    const { outbox, sent } = openOutbox();

    outbox[operation]('1');

    expect(sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what waits when a connection is there', () => {
  it('goes out at 50 messages a second, the oldest first, and is repeated as if for the first time', () => {
    const { outbox, sent, sentWithin } = openOutbox();
    const numbers = Array.from({ length: 120 }, (_, index) => index);
    for (const number of numbers) outbox.put(keyOf(number), report(number));
    sentWithin(100 + 200 + 300);
    sent.length = 0;

    outbox.sendAll();

    expect(sentWithin(0)).toBe(50);
    expect(sent).toEqual(numbers.slice(0, 50).map(report));
    for (const number of numbers.slice(0, 50)) outbox.remove(keyOf(number));
    expect([sentWithin(999), sentWithin(1)]).toEqual([0, 50]);
    expect([sentWithin(99), sentWithin(1)]).toEqual([0, 50]);
    for (const number of numbers.slice(0, 100)) outbox.remove(keyOf(number));
    expect([sentWithin(899), sentWithin(1)]).toEqual([0, 20]);
  });

  it('is not sent after the outbox has stopped', () => {
    const { outbox, sentWithin } = openOutbox();
    for (const number of [1, 2, 3]) outbox.put(keyOf(number), ask(number));

    outbox.stop();

    expect(vi.getTimerCount()).toBe(0);
    outbox.sendAll();
    expect(sentWithin(100_000)).toBe(0);
  });
});

describe('reports that go along with an acknowledgement', () => {
  it('are ten at most, the oldest first, each handed out once, and no asks', () => {
    const { outbox } = openOutbox();
    outbox.put('0', ask(0));
    for (let number = 1; number <= 13; number++) outbox.put(keyOf(number), report(number));

    const carried = [outbox.toCarry(), outbox.toCarry(), outbox.toCarry()];

    const numbers = Array.from({ length: 13 }, (_, index) => index + 1);
    expect(carried).toEqual([numbers.slice(0, 10).map(report), numbers.slice(10).map(report), []]);
  });
});
