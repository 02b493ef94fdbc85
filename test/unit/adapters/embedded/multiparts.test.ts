import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { contentOf, expectBytes, someBytes } from '../../../../doubles/samples.ts';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import { someFolder } from './folder.ts';

const key = 'companies/c/documents/d';
const week = 7 * 24 * 60 * 60_000;
const publicUrl = () => 'http://localhost';

describe('an upload by parts', () => {
  test('continues after a restart, with a repeated part', async () => {
    const folder = someFolder();
    const before = await openEmbedded({ folder, publicUrl });
    const id = await before.documents.createMultipart(key, 1000);
    await before.documents.putPart(key, id, 1, someBytes(1000, 1));
    await before.documents.putPart(key, id, 1, someBytes(1000, 2));
    await before.close();

    const { documents, close } = await openEmbedded({ folder, publicUrl });
    await documents.putPart(key, id, 2, someBytes(10, 3));
    await documents.completeMultipart(key, id, await documents.parts(key, id));

    expectBytes(await contentOf(await documents.read(key)), Buffer.concat([someBytes(1000, 2), someBytes(10, 3)]));
    expect(await readdir(join(folder, 'multiparts'))).toEqual([]);
    await close();
  });

  test('is removed at start-up after a week, with unreferenced files', async () => {
    const folder = someFolder();
    const before = await openEmbedded({ folder, publicUrl, now: () => 0 });
    const id = await before.documents.createMultipart(key, 1000);
    await before.documents.putPart(key, id, 1, someBytes(1000));
    await before.close();
    await writeFile(join(folder, 'multiparts', 'unreferenced'), 'x');

    const { documents, close } = await openEmbedded({ folder, publicUrl, now: () => week + 1 });

    expect(await documents.parts(key, id)).toEqual([]);
    expect(await readdir(join(folder, 'multiparts'))).toEqual([]);
    await close();
  });

  test('accepts no octets after it is completed', async () => {
    const { documents, close } = await openEmbedded({ folder: someFolder(), publicUrl });
    const id = await documents.createMultipart(key, 1000);
    await documents.putPart(key, id, 1, someBytes(1000, 1));
    const etag = await documents.putPart(key, id, 2, someBytes(10, 2));
    const slow = new Readable({ read() {} });
    slow.push(someBytes(100, 7));
    const late = documents.putPart(key, id, 3, slow);
    const refused = expect(late).rejects.toMatchObject({ code: 'not-found' });
    await new Promise(resolve => setTimeout(resolve, 20));

    const [first] = await documents.parts(key, id);
    await documents.completeMultipart(key, id, [first as never, { part: 2, etag, octets: 10 }]);
    slow.push(someBytes(900, 8));
    slow.push(null);
    await refused;

    expect(await documents.octets(key)).toBe(1010);
    expectBytes(await contentOf(await documents.read(key)), Buffer.concat([someBytes(1000, 1), someBytes(10, 2)]));
    await close();
  });

  test('refuses a part that is too large, or has an invalid number', async () => {
    const { documents, close } = await openEmbedded({ folder: someFolder(), publicUrl });
    const id = await documents.createMultipart(key, 1000);

    await expect(documents.putPart(key, id, 1, someBytes(1001))).rejects.toMatchObject({ code: 'too-large' });
    for (const part of [0, -1, 1.5, 10_001, Number.NaN]) {
      await expect(documents.putPart(key, id, part, someBytes(5))).rejects.toMatchObject({ code: 'bad-value' });
    }

    expect(await documents.parts(key, id)).toEqual([]);
    await close();
  });
});
