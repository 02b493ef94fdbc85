import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports.ts';

export const makeClock = (now: () => number = Date.now): Clock => ({
  now,
  token: () => randomBytes(16).toString('hex'),
});
