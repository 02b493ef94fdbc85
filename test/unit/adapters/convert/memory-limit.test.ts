import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { heldOctets } from '../../../../shared/adapters/convert/memory-limit.ts';

const root = resolve(import.meta.dirname, '../../../..');
const running: { kill(): void }[] = [];
afterEach(() => running.splice(0).forEach(child => void child.kill()));

/** A Node process; `program` is a module. */
function start(program: string, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

const megabytes = 2 ** 20;
const held = 100;
const holdsMemory = `
  globalThis.held = Buffer.alloc(${held * megabytes}, 7);
  console.log('holds');
  setInterval(() => {}, 1000);`;

describe('the memory of a process and all below it', () => {
  it('includes that of a process which its child has started', async () => {
    const child = start(`
      import { spawn } from 'node:child_process';
      const below = spawn(process.execPath, ['-e', ${JSON.stringify(holdsMemory)}], { stdio: ['ignore', 'inherit', 'inherit'] });
      process.once('SIGTERM', () => { below.kill(); process.exit(); });`);
    await once(child.stdout, 'data');

    const octets = heldOctets(child.pid as number);

    expect(octets).toBeGreaterThan(held * megabytes);
    expect(octets).toBeLessThan(3 * held * megabytes);
  });
});

describe('the function render', () => {
  const isRunning = `await import('./functions/render.ts'); setInterval(() => {}, 1000);`;

  it('ends when a document needs more memory than it has', async () => {
    const child = start(`${holdsMemory} ${isRunning}`, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '300' });
    const log = text(child.stderr);

    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await log).toContain('"memory-used-up"');
  });
});
