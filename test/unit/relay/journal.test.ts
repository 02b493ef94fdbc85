import files, {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import timers from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openJournal } from '../../../relay/journal.ts';

async function temporaryPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-journal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

test('entries are there after reopening; the last entry of a key counts', async () => {
  const path = await temporaryPath();
  const journal = await openJournal<{ text: string }>(path);

  await journal.put('a', { text: 'one' });
  await Promise.all([journal.put('b', { text: 'line\nbreak ü' }), journal.put('a', { text: 'two' })]);
  await journal.put('c', { text: 'gone' });
  journal.putLater('c');
  journal.putLater('d', { text: 'late' });
  const held = [...journal.entries.keys()];
  await journal.close();

  const again = await openJournal<{ text: string }>(path);
  expect(held).toEqual(['a', 'b', 'd']);
  expect([...again.entries]).toEqual([
    ['a', { text: 'two' }],
    ['b', { text: 'line\nbreak ü' }],
    ['d', { text: 'late' }],
  ]);
});

describe.runIf(process.platform === 'linux')('its id', () => {
  const idOf = async (path: string) => {
    const journal = await openJournal<number>(path);
    await journal.close();
    return journal.id;
  };

  test('stays the same for each process', async () => {
    const path = await temporaryPath();

    expect([await idOf(path), await idOf(path)]).toEqual(Array(2).fill(await idOf(path)));
  });

  test('is another one for a copy of the folder, whatever its place', async () => {
    const path = await temporaryPath();
    const id = await idOf(path);
    const folder = dirname(path);
    await cp(folder, `${folder}-copy`, { recursive: true, preserveTimestamps: true });
    onTestFinished(() => rm(`${folder}-copy`, { recursive: true, force: true }));

    const ofCopy = await idOf(join(`${folder}-copy`, 'journal'));
    await rm(folder, { recursive: true });
    await rename(`${folder}-copy`, folder);
    const putBack = await idOf(path);

    expect(ofCopy).not.toBe(id);
    expect(putBack).toBe(ofCopy);
  });

  test('is another one for a copy of the file that is put in its place', async () => {
    const path = await temporaryPath();
    const id = await idOf(path);
    await cp(path, `${path}.backup`);
    await rename(`${path}.backup`, path);

    expect(await idOf(path)).not.toBe(id);
  });
});

test('only its user may read it', async () => {
  const path = await temporaryPath();

  await openJournal(path);

  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

describe('a disk that takes nothing', () => {
  /** The next writes fail, and are tried again at once. Returns the path of a journal. */
  async function failWrites(count: number): Promise<string> {
    const path = await temporaryPath();
    const handle = await open(path, 'w');
    const prototype = Object.getPrototypeOf(handle);
    await handle.close();
    await rm(path);
    const write = vi.spyOn(prototype, 'write');
    for (let failure = 1; failure <= count; failure++) write.mockRejectedValueOnce(new Error(`full ${failure}`));
    const pause = vi.spyOn(timers, 'setTimeout').mockResolvedValue(undefined);
    syncBuiltinESMExports();
    onTestFinished(() => {
      for (const spy of [write, pause]) spy.mockRestore();
      syncBuiltinESMExports();
    });
    return path;
  }

  test.each([1, 2])('is reported once, and again when it takes something after %i failures', async failures => {
    const troubles: (string | undefined)[] = [];
    const path = await failWrites(failures);
    const journal = await openJournal<number>(path, { onTrouble: error => void troubles.push(error?.message) });

    await journal.put('a', 1);
    await journal.put('b', 2);
    await journal.close();

    expect(troubles).toEqual(['full 1', undefined]);
    expect([...(await openJournal<number>(path)).entries]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('is waited for by a journal whose trouble is of no interest', async () => {
    const journal = await openJournal<number>(await failWrites(1));

    await journal.put('a', 1);

    expect([...journal.entries]).toEqual([['a', 1]]);
    await journal.close();
  });
});

test('a delayed entry is on disk no later than the next entry', async () => {
  const path = await temporaryPath();
  const journal = await openJournal<number>(path);

  journal.putLater('a', 1);
  await journal.put('b', 2);

  const again = await openJournal<number>(path);
  expect([...again.entries.keys()]).toEqual(['a', 'b']);
});

test('puts of one moment are one write', async () => {
  const path = await temporaryPath();
  const journal = await openJournal<number>(path);
  const sizes = new Set<number>();

  const puts = Array.from({ length: 100 }, (_, index) => journal.put(`key ${index}`, index));
  for (const put of puts) {
    await put;
    sizes.add((await stat(path)).size);
  }

  expect(sizes.size).toBe(1);
});

test('a file truncated by a crash contains a prefix of the entries', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
      fc.uint8Array({ maxLength: 40 }),
      async (count, cut, tail) => {
        const folder = await mkdtemp(join(tmpdir(), 'platen-journal-'));
        const path = join(folder, 'journal');
        const journal = await openJournal<number>(path);
        for (let index = 0; index < count; index++) await journal.put(`key ${index}`, index);
        await journal.close();
        const { size } = await stat(path);
        const kept = cut % (size + 1);
        await truncate(path, kept);
        await appendFile(path, tail);

        const again = await openJournal<number>(path);
        await again.put('later', -1);
        await again.close();
        const last = await openJournal<number>(path);

        const found = [...last.entries.values()].slice(0, -1);
        expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index));
        expect(last.entries.get('later')).toBe(-1);
        if (kept === size) expect(found).toHaveLength(count);
        await last.close();
        await rm(folder, { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});

test('a file that cannot be read is an error, and stays as it is', async () => {
  const path = await temporaryPath();
  const journal = await openJournal<number>(path);
  await journal.put('a', 1);
  await journal.close();
  const read = vi.spyOn(files, 'readFile').mockRejectedValueOnce(Object.assign(new Error('bad disk'), { code: 'EIO' }));
  syncBuiltinESMExports();
  onTestFinished(() => {
    read.mockRestore();
    syncBuiltinESMExports();
  });

  await expect(openJournal<number>(path)).rejects.toThrow('bad disk');

  expect([...(await openJournal<number>(path)).entries]).toEqual([['a', 1]]);
});

test('a corrupt line ends the valid part', async () => {
  const path = await temporaryPath();
  const journal = await openJournal<number>(path);
  await journal.put('a', 1);
  await journal.put('b', 2);
  await journal.close();
  const text = await readFile(path, 'utf8');
  await rm(path);
  await appendFile(path, text.replace('"b",2', '"b",3'));

  const again = await openJournal<number>(path);

  expect([...again.entries]).toEqual([['a', 1]]);
});

test.each([
  ['the first line', '"a",1', [2, 3]],
  ['a line in the middle', '"b",2', [1, 3]],
])('%s is damaged: the others count, the journal says so, and the file is kept', async (_what, line, values) => {
  const path = await temporaryPath();
  const journal = await openJournal<number>(path);
  for (const [index, key] of ['a', 'b', 'c'].entries()) await journal.put(key, index + 1);
  await journal.close();
  const text = (await readFile(path, 'utf8')).replace(line, '"x",9');
  await writeFile(path, text);

  const again = await openJournal<number>(path);

  expect(again.origin).toBe('damaged');
  expect([...again.entries.values()]).toEqual(values);
  expect(await readFile(`${path}.damaged`, 'utf8')).toBe(text);
  await again.close();
  expect((await openJournal<number>(path)).origin).toBe('good');
});

test('a journal that is not there, empty or torn at its end is no damage', async () => {
  const path = await temporaryPath();
  const first = await openJournal<number>(path);
  await first.put('a', 1);
  await first.put('b', 2);
  await first.close();
  const empty = await openJournal<number>(`${path}-empty`);
  await empty.close();
  await truncate(path, (await stat(path)).size - 1);

  const [torn, nothing] = [await openJournal<number>(path), await openJournal<number>(`${path}-empty`)];

  expect([first.origin, torn.origin, nothing.origin]).toEqual(['new', 'good', 'good']);
  expect([...torn.entries]).toEqual([['a', 1]]);
});

test('without room to be written anew, it goes on behind its good lines', async () => {
  const path = await temporaryPath();
  const journal = await openJournal<number>(path);
  for (const key of ['a', 'b']) await journal.put(key, 1);
  await journal.close();
  await appendFile(path, 'torn');
  // nothing can be written in its place
  await mkdir(`${path}.new`);

  const full = await openJournal<number>(path);
  await full.put('c', 3);
  await full.close();
  await rm(`${path}.new`, { recursive: true });
  const again = await openJournal<number>(path);

  expect([...again.entries]).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 3],
  ]);
});

test('the file is compacted, and nothing is lost', async () => {
  const path = await temporaryPath();
  const journal = await openJournal<number>(path);
  await journal.put('kept', 7);

  for (let round = 0; round < 30; round++) {
    await Promise.all(Array.from({ length: 1000 }, (_, index) => journal.put('turning', round * 1000 + index)));
  }

  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n').length;
  expect(lines).toBeLessThan(25_000);
  const again = await openJournal<number>(path);
  expect([...again.entries]).toEqual([
    ['kept', 7],
    ['turning', 29_999],
  ]);
});
