import { appendFile, copyFile, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectBytes, someBytes } from '../../../../doubles/samples.ts';
import { Folders } from '../../../../shared/adapters/embedded/documents/durable-files.ts';
import { PieceLog } from '../../../../shared/adapters/embedded/uploads/piece-log.ts';
import type { Piece } from '../../../../shared/core/domain/upload-session.ts';
import { someFolder } from './folder.ts';

type Place = (ordinal: number) => Piece;
const apart: Place = ordinal => ({ offset: ordinal * 1000, octets: 1000, ordinal });
const overlapping: Place = ordinal => ({ offset: ordinal, octets: 1000, ordinal });
const bytes = (ordinal: number) => someBytes(1000, ordinal);
const openLog = (path: string) => PieceLog.open(path, new Folders());

/** A log of three pieces, one batch each. */
async function threePieces(place: Place): Promise<string> {
  const path = join(someFolder(), 'session');
  const log = await openLog(path);
  for (const ordinal of [1, 2, 3]) await log.append(place(ordinal), bytes(ordinal));
  await log.close();
  return path;
}

/** Opens the log, checks that these pieces are complete, and that it accepts another. */
async function expectPieces(path: string, ordinals: number[], place: Place): Promise<void> {
  const log = await openLog(path);
  expect(log.pieces()).toEqual(ordinals.map(place));
  await log.append(place(9), bytes(9));
  await log.close();

  const reopened = await openLog(path);
  expect(reopened.pieces()).toEqual([...ordinals, 9].map(place));
  for (const ordinal of [...ordinals, 9]) expectBytes(await reopened.read(place(ordinal)), bytes(ordinal));
  await reopened.close();
}

describe.each([
  ['in place', apart],
  ['that overlap', overlapping],
])('a log of pieces %s, found after a crash', (_title, place) => {
  test('returns acknowledged pieces', async () => {
    await expectPieces(await threePieces(place), [1, 2, 3], place);
  });

  test('ends before a torn frame', async () => {
    const path = await threePieces(place);
    const { size } = await stat(`${path}.log`);
    const lastFrame = place === apart ? 48 : 1048;

    for (const cut of [1, 47, 48, lastFrame - 1, lastFrame]) {
      const copy = `${path}.${cut}`;
      for (const extension of ['.log', '.data']) await copyFile(path + extension, copy + extension);
      await truncate(`${copy}.log`, size - cut);
      await expectPieces(copy, [1, 2], place);
    }
  });

  test('ends before a last frame whose octets were not written', async () => {
    const path = await threePieces(place);
    const file = `${path}${place === apart ? '.data' : '.log'}`;
    const whole = await readFile(file);
    whole.fill(0, whole.length - 500);
    await writeFile(file, whole);

    await expectPieces(path, [1, 2], place);
  });

  test('ignores zeros and garbage at its end', async () => {
    const [zeros, garbage] = [await threePieces(place), await threePieces(place)];
    await appendFile(`${zeros}.log`, Buffer.alloc(5000));
    await appendFile(`${garbage}.log`, someBytes(5000));

    await expectPieces(zeros, [1, 2, 3], place);
    await expectPieces(garbage, [1, 2, 3], place);
  });

  test('may be empty', async () => {
    const path = join(someFolder(), 'session');
    await writeFile(`${path}.log`, '');

    await expectPieces(path, [], place);
  });
});

test.each([
  [1, '.data', 500],
  [2, '.log', 1548],
])('corrupt octets are not returned: piece %i', async (ordinal, extension, fromEnd) => {
  const path = await threePieces(overlapping);
  const file = await open(path + extension, 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.from('?'), 0, 1, size - fromEnd);
  await file.close();
  const log = await openLog(path);

  await expect(log.read(overlapping(ordinal))).rejects.toMatchObject({ code: 'internal' });
  await log.close();
});

test('an identical repeat uses no space, and a different one does', async () => {
  const path = await threePieces(apart);
  const log = await openLog(path);

  await log.append({ ...apart(2), ordinal: 4 }, bytes(2));
  const { size } = await stat(`${path}.log`);
  await log.append({ ...apart(2), ordinal: 5 }, bytes(7));

  expect(size).toBe(4 * 48);
  expect((await stat(`${path}.log`)).size).toBe(5 * 48 + 1000);
  for (const [ordinal, seed] of [
    [2, 2],
    [4, 2],
    [5, 7],
  ] as const) {
    expectBytes(await log.read({ ...apart(2), ordinal }), bytes(seed));
  }
  await log.close();
});

test('a sealed log accepts nothing more, also after a restart, and is still readable', async () => {
  const path = await threePieces(apart);
  const log = await openLog(path);
  await Promise.all([log.seal(), log.seal()]);
  await log.close();

  const reopened = await openLog(path);

  await expect(reopened.append(apart(4), bytes(4))).rejects.toMatchObject({ code: 'conflict' });
  expect(reopened.pieces()).toEqual([1, 2, 3].map(apart));
  expectBytes(await reopened.read(apart(1)), bytes(1));
  await reopened.close();
});

test('a removed log accepts nothing more', async () => {
  const path = join(someFolder(), 'session');
  const log = await openLog(path);
  await log.append(apart(1), bytes(1));

  await Promise.all([log.remove(), log.remove()]);

  await expect(log.append(apart(2), bytes(2))).rejects.toMatchObject({ code: 'conflict' });
  for (const extension of ['.log', '.data']) await expect(stat(path + extension)).rejects.toThrow('ENOENT');
});

test('a piece that is being read while its log is removed is returned', async () => {
  const log = await openLog(join(someFolder(), 'session'));
  await log.append(apart(1), bytes(1));

  const [piece] = await Promise.all([log.read(apart(1)), log.remove()]);

  expectBytes(piece, bytes(1));
  expect(await log.read(apart(1))).toBeUndefined();
});

describe('a disk that fails', () => {
  /** Lets the nth call of a method of all files fail after it has written, as a full disk or a bad block does. */
  async function failing(failures: Partial<Record<'write' | 'writev' | 'truncate', number>>): Promise<() => void> {
    const handle = await open(import.meta.filename);
    const prototype = Object.getPrototypeOf(handle);
    await handle.close();
    const names = Object.keys(failures) as (keyof typeof failures)[];
    const own = Object.fromEntries(names.map(name => [name, prototype[name]]));
    const calls = new Map<string, number>();
    for (const name of names) {
      prototype[name] = async function (this: unknown, ...values: unknown[]) {
        const call = (calls.get(name) ?? 0) + 1;
        calls.set(name, call);
        const isFailing = call === failures[name];
        const outcome = isFailing && name === 'truncate' ? undefined : await own[name].apply(this, values);
        if (isFailing) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        return outcome;
      };
    }
    const mend = () => Object.assign(prototype, own);
    onTestFinished(mend);
    return mend;
  }

  const outcomesOf = async (works: Promise<unknown>[]) => (await Promise.allSettled(works)).map(({ status }) => status);

  test.each(['write', 'writev'] as const)('at %s loses only what was not acknowledged', async method => {
    const path = await threePieces(apart);
    const log = await openLog(path);
    // the first is a batch of its own, the others wait for it and fail together
    const mend = await failing({ [method]: 2 });
    const outcomes = await outcomesOf([4, 5, 6].map(ordinal => log.append(apart(ordinal), bytes(ordinal))));
    mend();
    await log.append(apart(7), bytes(7));
    await log.close();

    const reopened = await openLog(path);

    expect(outcomes).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(reopened.pieces()).toEqual([1, 2, 3, 4, 7].map(apart));
    for (const ordinal of [1, 2, 3, 4, 7]) expectBytes(await reopened.read(apart(ordinal)), bytes(ordinal));
    await reopened.close();
  });

  test('leaves the place of a piece free for its repetition', async () => {
    const log = await openLog(join(someFolder(), 'session'));
    const mend = await failing({ writev: 1 });
    await outcomesOf([log.append(apart(1), bytes(1))]);
    mend();

    await log.append(apart(1), bytes(1));

    expect(log.areInPlace([{ piece: apart(1), from: 1000, to: 2000 }])).toBe(true);
    await log.close();
  });

  test('and cannot be cut back either closes the log until it is opened again', async () => {
    const path = await threePieces(apart);
    const log = await openLog(path);
    const mend = await failing({ writev: 1, truncate: 1 });
    await outcomesOf([log.append(apart(4), bytes(4))]);
    mend();

    await expect(log.append(apart(5), bytes(5))).rejects.toMatchObject({ code: 'internal' });
    expect(log.isOver).toBe(true);
    await log.close();
    const reopened = await openLog(path);
    for (const ordinal of [1, 2, 3]) expectBytes(await reopened.read(apart(ordinal)), bytes(ordinal));
    await reopened.close();
  });
});
