import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import { someFolder } from './folder.ts';

const publicUrl = () => 'http://localhost';

test('the check of the database fails when it cannot be read', async () => {
  const { checkDatabase, close } = await openEmbedded({ folder: someFolder(), publicUrl });

  expect(checkDatabase()).toBeUndefined();
  await close();

  expect(checkDatabase).toThrow();
});

test('a folder that could not be opened can be opened once its fault is mended', async () => {
  const folder = someFolder();
  await mkdir(join(folder, 'platen.db'));

  await expect(openEmbedded({ folder, publicUrl })).rejects.toThrow();
  await rmdir(join(folder, 'platen.db'));
  const { close } = await openEmbedded({ folder, publicUrl });

  await close();
});

test('a folder is locked until it is closed', async () => {
  const folder = someFolder();
  const first = await openEmbedded({ folder, publicUrl });

  await expect(openEmbedded({ folder, publicUrl })).rejects.toThrow();
  await first.close();

  await (await openEmbedded({ folder, publicUrl })).close();
});
