import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { endUnlessUp, noteGoodVersion } from '../../../relay/release.ts';
import { version } from '../../../shared/protocol/version.ts';
import { temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';

it.each([undefined, '0.0.1\n'])('a release that has come up is noted once, after %j', async before => {
  const path = join(await temporaryFolder(), 'good-version');
  if (before) await writeFile(path, before);
  const inode = async () => (await stat(path, { bigint: true })).ino;

  await noteGoodVersion(path);
  const first = await inode();
  await noteGoodVersion(path);

  expect(await readFile(path, 'utf8')).toBe(`${version}\n`);
  expect(await inode()).toBe(first);
});

it.each([
  [true, 0],
  [false, 1],
])('a release ends in its time unless it has come up: %s', (hasComeUp, times) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  onTestFinished(() => exit.mockRestore());

  const isUp = endUnlessUp(60);
  vi.advanceTimersByTime(59_999);
  const before = exit.mock.calls.length;
  if (hasComeUp) isUp();
  vi.advanceTimersByTime(1);

  expect(before).toBe(0);
  expect(exit.mock.calls).toEqual(Array(times).fill([1]));
});
