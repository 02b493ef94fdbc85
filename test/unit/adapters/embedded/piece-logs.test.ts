import { existsSync } from 'node:fs';
import { readdir, readlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectBytes, someBytes } from '../../../../doubles/samples.ts';
import type { PieceLog } from '../../../../shared/adapters/embedded/uploads/piece-log.ts';
import { PieceLogs } from '../../../../shared/adapters/embedded/uploads/piece-logs.ts';
import type { UploadId } from '../../../../shared/core/domain/ids.ts';
import { someFolder } from './folder.ts';

const day = 24 * 60 * 60_000;
const idOf = (number: number) => `upload-${number}` as UploadId;
const piece = { offset: 0, octets: 10, ordinal: 1 };
const put = (log: PieceLog) => log.append(piece, someBytes(10));

/** Linux lists the open files of a process there [proc(5)]. */
const whereFilesAreListed = test.skipIf(!existsSync('/proc/self/fd'));

/** How many descriptors of this process are open on files of the folder. */
async function openFilesIn(folder: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const paths = await Promise.all(descriptors.map(each => readlink(`/proc/self/fd/${each}`).catch(() => '')));
  return paths.filter(path => path.startsWith(folder)).length;
}

whereFilesAreListed('keeps 64 logs open at most, those that were used last, and opens the others again', async () => {
  const folder = someFolder();
  const logs = await PieceLogs.open(folder, 0);
  await Promise.all(Array.from({ length: 64 }, (_, number) => logs.use(idOf(number), put)));
  await logs.use(idOf(0), async () => {});
  await logs.use(idOf(64), put);
  const open = await openFilesIn(folder);
  const openOfFirst = await openFilesIn(join(folder, 'upload-0.'));
  const openOfSecond = await openFilesIn(join(folder, 'upload-1.'));

  const read = await logs.use(idOf(1), log => log.read(piece));
  await logs.close();

  expect([open, openOfFirst, openOfSecond]).toEqual([128, 2, 0]);
  expectBytes(read, someBytes(10));
  expect(await openFilesIn(folder)).toBe(0);
});

whereFilesAreListed('closes no log that is in use', async () => {
  const folder = someFolder();
  const logs = await PieceLogs.open(folder, 0);
  const end = Promise.withResolvers<void>();
  const using = logs.use(idOf(0), async log => {
    await end.promise;
    await put(log);
    return await log.read(piece);
  });

  await Promise.all(Array.from({ length: 65 }, (_, index) => logs.use(idOf(index + 1), put)));
  end.resolve();

  expectBytes(await using, someBytes(10));
  expect(await openFilesIn(folder)).toBe(128);
  await logs.close();
});

test('opens a log anew after it was closed or removed by a user', async () => {
  const folder = someFolder();
  const logs = await PieceLogs.open(folder, 0);
  await logs.use(idOf(1), put);

  await logs.use(idOf(1), log => log.close());
  const kept = await logs.use(idOf(1), async log => log.pieces());
  await logs.use(idOf(1), log => log.remove());
  const removed = await logs.use(idOf(1), async log => log.pieces());

  expect([kept, removed]).toEqual([[piece], []]);
  await logs.close();
});

test('a log that two use is closed for both, and only then opened again', async () => {
  const logs = await PieceLogs.open(someFolder(), 0);
  const end = Promise.withResolvers<void>();
  const first = logs.use(idOf(1), async log => {
    await end.promise;
    await put(log);
  });
  await logs.use(idOf(1), log => log.close());

  end.resolve();

  await expect(first).rejects.toMatchObject({ code: 'conflict' });
  await logs.use(idOf(1), put);
  await logs.close();
});

test('a log that cannot be opened is tried again by the next user', async () => {
  const folder = someFolder();
  const logs = await PieceLogs.open(folder, 0);
  const tooLong = 'x'.repeat(300) as UploadId;

  await expect(logs.use(tooLong, put)).rejects.toMatchObject({ code: 'internal' });
  await expect(logs.use(tooLong, put)).rejects.toMatchObject({ code: 'internal' });

  await logs.use(idOf(1), put);
  await logs.close();
});

test('removes files that were not touched for three days, unless their log is open', async () => {
  const folder = someFolder();
  const logs = await PieceLogs.open(folder, Date.now());
  for (const number of [1, 2, 3]) await logs.use(idOf(number), put);
  await logs.use(idOf(1), log => log.close());
  await logs.use(idOf(2), log => log.close());
  const now = Date.now();
  const setAge = async (number: number, milliseconds: number) => {
    const at = new Date(now - milliseconds);
    for (const extension of ['log', 'data']) await utimes(join(folder, `upload-${number}.${extension}`), at, at);
  };
  await setAge(1, 3 * day + 1000);
  await setAge(2, 3 * day - 1000);
  await setAge(3, 4 * day);

  await logs.removeAbandoned(now);
  const left = (await readdir(folder)).toSorted();
  await logs.close();
  const reopened = await PieceLogs.open(folder, now);

  expect(left).toEqual(['upload-2.data', 'upload-2.log', 'upload-3.data', 'upload-3.log']);
  expect((await readdir(folder)).toSorted()).toEqual(['upload-2.data', 'upload-2.log']);
  await reopened.close();
});
