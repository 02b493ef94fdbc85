import { appendFile, copyFile, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Folders } from '../../../shared/embedded/durable-files.ts';
import { PieceLog } from '../../../shared/embedded/piece-log.ts';
import { expectBytes, someBytes } from '../../ports/samples.ts';
import { someFolder } from './folder.ts';

const piece = (ordinal: number, octets = 1000) => ({ offset: ordinal * 1000, octets, ordinal });
const bytes = (ordinal: number) => someBytes(1000, ordinal);

/** A log of three pieces, one batch each. */
async function threePieces(): Promise<string> {
  const path = join(someFolder(), 'session.log');
  const log = await PieceLog.open(path, new Folders());
  for (const ordinal of [1, 2, 3]) await log.append(piece(ordinal), bytes(ordinal));
  await log.close();
  return path;
}

/** Opens it, checks that these pieces are there and whole, and that it takes another. */
async function expectPieces(path: string, ordinals: number[]): Promise<void> {
  const log = await PieceLog.open(path, new Folders());
  expect(log.pieces()).toEqual(ordinals.map(ordinal => piece(ordinal)));
  await log.append(piece(9), bytes(9));
  await log.close();

  const reopened = await PieceLog.open(path, new Folders());
  expect(reopened.pieces()).toEqual([...ordinals, 9].map(ordinal => piece(ordinal)));
  for (const ordinal of [...ordinals, 9]) expectBytes(await reopened.read(piece(ordinal)), bytes(ordinal));
  await reopened.close();
}

describe('a log found after a crash', () => {
  test('gives what was acknowledged', async () => {
    await expectPieces(await threePieces(), [1, 2, 3]);
  });

  test('ends before a torn frame, wherever it is torn', async () => {
    const path = await threePieces();
    const { size } = await stat(path);
    const frame = size / 3;

    for (const cut of [1, 999, 1000, 1001, frame - 1, frame]) {
      const copy = `${path}.${cut}`;
      await copyFile(path, copy);
      await truncate(copy, size - cut);
      await expectPieces(copy, [1, 2]);
    }
  });

  test('ends before a last frame whose octets never reached the disk', async () => {
    const path = await threePieces();
    const whole = await readFile(path);
    whole.fill(0, whole.length - 500);
    await writeFile(path, whole);

    await expectPieces(path, [1, 2]);
  });

  test('ignores zeros and garbage at its end', async () => {
    const [zeros, garbage] = [await threePieces(), await threePieces()];
    await appendFile(zeros, Buffer.alloc(5000));
    await appendFile(garbage, someBytes(5000));

    await expectPieces(zeros, [1, 2, 3]);
    await expectPieces(garbage, [1, 2, 3]);
  });

  test('may be empty', async () => {
    const path = join(someFolder(), 'session.log');
    await writeFile(path, '');

    await expectPieces(path, []);
  });
});

test('octets that were damaged on disk are not given out', async () => {
  const path = await threePieces();
  const file = await open(path, 'r+');
  await file.write(Buffer.from('?'), 0, 1, 500);
  await file.close();

  const log = await PieceLog.open(path, new Folders());

  await expect(log.read(piece(1))).rejects.toMatchObject({ code: 'internal' });
  await log.close();
});

test('a log that was removed takes nothing more', async () => {
  const path = join(someFolder(), 'session.log');
  const log = await PieceLog.open(path, new Folders());
  await log.append(piece(1), bytes(1));

  await Promise.all([log.remove(), log.remove()]);

  await expect(log.append(piece(2), bytes(2))).rejects.toMatchObject({ code: 'conflict' });
  await expect(stat(path)).rejects.toThrow('ENOENT');
});
