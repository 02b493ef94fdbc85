import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  diskError,
  Folders,
  ifThere,
  readAt,
  settled,
  writeAllAt,
} from '../../../../shared/adapters/embedded/documents/durable-files.ts';
import { someFolder } from './folder.ts';

const failure = (code?: string) => Object.assign(new Error('it failed'), { code });
const turn = () => new Promise(resolve => setImmediate(resolve));

describe('an error of the disk', () => {
  it.each([
    ['ENOSPC', 'The disk of the server is full.'],
    ['EIO', 'The storage failed (EIO).'],
    [undefined, 'The storage failed (unknown error).'],
  ])('%s says no more than clients may know: %s', (code, message) => {
    const cause = failure(code);

    expect(diskError(cause)).toMatchObject({ code: 'internal', message, cause });
  });

  it('is none if a file is missing', async () => {
    expect(await ifThere(Promise.resolve('there'))).toBe('there');
    expect(await ifThere(Promise.reject(failure('ENOENT')))).toBeUndefined();
    await expect(ifThere(Promise.reject(failure('EACCES')))).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('a write', () => {
  it('goes on where a system call wrote fewer octets', async () => {
    const path = join(someFolder(), 'file');
    await using file = await open(path, 'w+');
    const [write, writev] = [file.write.bind(file), file.writev.bind(file)];
    // three octets at a time, as a signal or a full disk would have it
    Object.assign(file, {
      writev: (chunks: Uint8Array[], position: number) => writev([Buffer.concat(chunks).subarray(0, 3)], position),
      write: (bytes: Uint8Array, from: number, length: number, position: number) =>
        write(bytes, from, Math.min(3, length), position),
    });

    await writeAllAt(file, [Buffer.from('abcd'), Buffer.from('efghij')], 2);

    expect((await readFile(path)).subarray(2).toString()).toBe('abcdefghij');
    expect((await readAt(file, 8, 100)).toString()).toBe('ghij');
  });

  it('of several waits for all of them before it fails', async () => {
    const slow = Promise.withResolvers<void>();
    let hasFailed = false;
    const both = settled([Promise.reject(failure('EIO')), slow.promise]).catch(() => {
      hasFailed = true;
    });

    await turn();
    const before = hasFailed;
    slow.resolve();
    await both;

    expect([before, hasFailed]).toEqual([false, true]);
  });
});

describe('names of files', () => {
  /** Counts syncs of folders, each of which waits until the test lets it go. */
  async function watchSyncs() {
    const root = await mkdtemp(join(someFolder(), 'root-'));
    const handle = await open(root);
    const prototype = Object.getPrototypeOf(handle);
    await handle.close();
    const gates: PromiseWithResolvers<void>[] = [];
    const sync = vi.spyOn(prototype, 'sync').mockImplementation(() => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    });
    onTestFinished(() => sync.mockRestore());
    const begun = (count: number) => vi.waitUntil(() => gates.length === count, { interval: 1, timeout: 10_000 });
    return { root, gates, begun };
  }

  it('are made durable by a sync that begins after them, which all share that wait for it', async () => {
    const { root, gates, begun } = await watchSyncs();
    const folders = new Folders();
    const done: number[] = [];
    const sync = (number: number) => folders.sync(root).then(() => void done.push(number));

    const first = sync(1);
    await begun(1);
    const others = [sync(2), sync(3)];
    gates[0]?.resolve();
    await first;
    const afterFirst = [...done];
    await begun(2);
    gates[1]?.resolve();
    await Promise.all(others);

    expect(afterFirst).toEqual([1]);
    expect(done).toEqual([1, 2, 3]);
    expect(gates).toHaveLength(2);
  });

  it('are synced again after a sync that failed', async () => {
    const { root, gates, begun } = await watchSyncs();
    const folders = new Folders();
    const first = folders.sync(root);
    await begun(1);
    const second = folders.sync(root);

    gates[0]?.reject(failure('EIO'));
    await expect(first).rejects.toMatchObject({ code: 'internal' });
    await begun(2);
    gates[1]?.resolve();

    await second;
  });

  it('of folders are made once, with those above, until they are forgotten', async () => {
    const root = someFolder();
    const folders = new Folders();
    const made: string[] = [];
    vi.spyOn(folders, 'sync').mockImplementation(async folder => void made.push(folder.slice(root.length)));
    const path = join(root, 'a', 'b');

    await folders.make(path, root);
    await folders.make(path, root);
    await folders.make(join(root, 'a', 'c'), root);
    await rm(join(root, 'a'), { recursive: true });
    folders.forget();
    await folders.make(path, root);

    expect(made).toEqual(['/a', '', '/a', '/a', '']);
    await expect(mkdir(path)).rejects.toThrow('EEXIST');
  });
});
