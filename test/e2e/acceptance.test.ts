import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Machine } from '../../doubles/machine.ts';

test('the acceptance tests of a deployment pass on one machine, with the same command', async () => {
  const machine = await Machine.make();
  onTestFinished(() => machine.remove());
  const { endpoint, key } = await machine.start();

  const script = resolve(import.meta.dirname, '../../scripts/test-cloud.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PLATEN_ENDPOINT: endpoint, PLATEN_KEY: key },
  });

  expect(stdout).toMatch(/Tests\s.*passed/);
  expect(stdout).not.toMatch(/skipped/);
});
