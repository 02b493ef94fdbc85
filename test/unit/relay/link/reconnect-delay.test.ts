import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../../doubles/seeded-random.ts';
import { reconnectDelay } from '../../../../relay/link/reconnect-delay.ts';

const relays = 1000;
/** The same proportion as 100,000 relays at AWS IoT, which accepts 500 connections a second. */
const acceptedPerSecond = 5;

/** What a broker sees when it disconnects all relays at second 0 and then accepts as many as it can. */
function massDisconnect(random: () => number) {
  const attempts = Array.from({ length: relays }, () => ({ at: reconnectDelay(0, random), tries: 0 }));
  const seen: number[] = [];
  const accepted: number[] = [];
  let refused = 0;
  while (attempts.length > 0) {
    attempts.sort((a, b) => b.at - a.at);
    const { at, tries } = attempts.pop() as { at: number; tries: number };
    const second = Math.floor(at / 1000);
    seen[second] = (seen[second] ?? 0) + 1;
    if ((accepted[second] ?? 0) < acceptedPerSecond) {
      accepted[second] = (accepted[second] ?? 0) + 1;
    } else {
      refused++;
      attempts.push({ at: at + reconnectDelay(tries + 1, random), tries: tries + 1 });
    }
  }
  return {
    refused,
    seconds: accepted.length,
    busiestAfter: (from: number) => Math.max(...Object.values(seen.slice(from))),
  };
}

describe('the delays before a relay connects again', () => {
  it.each([1, 2, 3])('spread a thousand relays over minutes (seed %i)', seed => {
    const { refused, seconds, busiestAfter } = massDisconnect(randomOf(seed));

    // 200 seconds if each of them came when it is its turn
    expect(seconds).toBeLessThan(450);
    expect(refused / relays).toBeLessThan(4);
    expect(busiestAfter(15)).toBeLessThan(16 * acceptedPerSecond);
    expect(busiestAfter(60)).toBeLessThan(6 * acceptedPerSecond);
  });

  it('are short for a relay that is disconnected alone', () => {
    expect(reconnectDelay(0, () => 1)).toBe(2000);
  });

  it('are never longer than two minutes', () => {
    expect(reconnectDelay(1000, () => 1)).toBe(120_000);
  });
});
