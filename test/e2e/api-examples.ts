import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../../doubles/machine.ts';
import type { Newcomer } from '../../doubles/newcomer.ts';

interface SeenJob {
  name: string;
  state: string;
  copyOf?: string;
}

/** Three parts. */
const largeOctets = 20_000_000;

/** Checks what the examples of one language in docs/api.md do: the six tasks, each once. */
export async function expectSixTasks(newcomer: Newcomer, runExamples: () => Promise<string>): Promise<void> {
  const { machine, folder } = newcomer;
  const large = randomBytes(largeOctets);
  writeFileSync(join(folder, 'large.pdf'), large);
  const files = newcomer.printed();
  const jobs = async () => {
    const answer = await machine.call('GET', '/platen/v1/jobs');
    return ((await answer.json()) as { jobs: SeenJob[] }).jobs;
  };
  const before = (await jobs()).length;
  const made = async () => (await jobs()).toReversed().slice(before);

  const said = await runExamples();

  expect(said).toContain('office:folder');
  expect(said).toMatch(/\bprinted\b/);
  await until(async () => (await made()).every(({ state }) => state === 'completed' || state === 'canceled'));
  const [sample, greeting, copy, last, ...others] = await made();
  expect([sample, greeting, last]).toMatchObject([
    { name: 'sample.pdf', state: 'completed' },
    { name: 'greeting', state: 'completed' },
    { name: 'large.pdf', state: 'completed' },
  ]);
  expect(copy).toMatchObject({ name: 'sample.pdf', copyOf: expect.any(String) });
  expect(others).toEqual([]);
  const printed = newcomer
    .printed()
    .filter(name => !files.includes(name))
    .map(name => readFileSync(join(machine.data, 'printed', name)));
  expect(printed.some(bytes => bytes.equals(large))).toBe(true);
}
