import { describe, expect, test } from 'vitest';
import { lazyPort } from '../../../../shared/adapters/aws/lazy-port.ts';

interface Counter {
  add(count: number): Promise<number>;
  name(): Promise<string>;
}

function someCounter() {
  let opened = 0;
  let sum = 0;
  const counter = lazyPort<Counter>(
    async () => {
      opened++;
      return { add: async count => (sum += count), name: async () => 'opened' };
    },
    { name: async () => 'ready' },
  );
  return { counter, opened: () => opened };
}

describe('lazyPort', () => {
  test('opens the adapter once for concurrent calls', async () => {
    const { counter, opened } = someCounter();

    expect(opened()).toBe(0);
    await Promise.all([counter.add(1), counter.add(2)]);

    expect(await counter.add(3)).toBe(6);
    expect(opened()).toBe(1);
  });

  test('does not open the adapter for ready methods', async () => {
    const { counter, opened } = someCounter();

    expect(await counter.name()).toBe('ready');
    expect(opened()).toBe(0);
  });

  test('can be returned from an async function', async () => {
    const { counter, opened } = someCounter();

    expect(await Promise.resolve(counter)).toBe(counter);
    expect(opened()).toBe(0);
  });
});
