import { expect } from 'vitest';

/*
 * Compares octets as a whole, which vitest compares one by one: 0.7 s for 300 kB. A worker keeps its testers, and
 * evaluates this file again for each file of tests.
 */
const added = Symbol.for('platen.equal-octets');
if (!(added in globalThis)) {
  Object.defineProperty(globalThis, added, { value: true });
  expect.addEqualityTesters([
    (a: unknown, b: unknown) => (Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : undefined),
  ]);
}
