import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import { someFolder } from './folder.ts';

const publicUrl = () => 'http://localhost';

test('a folder that is in use is refused, and free again once it is closed', async () => {
  const folder = someFolder();
  const first = await openEmbedded({ folder, publicUrl });

  await expect(openEmbedded({ folder, publicUrl })).rejects.toThrow(`${folder} is in use by another Platen process`);
  await first.close();
  const second = await openEmbedded({ folder, publicUrl });

  await second.close();
});

test('a folder is locked against other processes, until its process is killed', async () => {
  const folder = someFolder();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');

  await expect(openEmbedded({ folder, publicUrl })).rejects.toThrow('in use by another Platen process');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const embedded = await openEmbedded({ folder, publicUrl });

  await embedded.close();
});

test('addresses signed before a restart remain valid, by a secret that only the owner can read', async () => {
  const folder = someFolder();
  const first = await openEmbedded({ folder, publicUrl, now: () => 0 });
  const address = await first.documents.presignRead('companies/c/documents/d', { expiresSeconds: 60 });
  await first.close();

  const second = await openEmbedded({ folder, publicUrl, now: () => 0 });

  expect(await second.documents.presignRead('companies/c/documents/d', { expiresSeconds: 60 })).toBe(address);
  expect(statSync(join(folder, 'storage.secret')).mode & 0o777).toBe(0o600);
  await second.close();
});
