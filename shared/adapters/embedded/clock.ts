import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/ports/index.ts';

export const makeClock = (now: () => number = Date.now): Clock => ({
  now,
  token: () => randomBytes(16).toString('hex'),
  async pause(milliseconds) {
    await sleep(milliseconds);
  },
});
