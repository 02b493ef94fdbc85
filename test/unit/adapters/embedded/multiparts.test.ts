import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
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

  test('waits for a write that is running before it becomes a document', async () => {
    const folder = someFolder();
    const { documents, close } = await openEmbedded({ folder, publicUrl });
    const id = await documents.createMultipart(key, 1000);
    const etag = await documents.putPart(key, id, 1, someBytes(10));
    const { writes, letGo } = await holdWrites();
    const refused = expect(documents.putPart(key, id, 2, someBytes(900, 9))).rejects.toMatchObject({
      code: 'not-found',
    });
    await vi.waitUntil(writes, { interval: 1, timeout: 10_000 });
    let isComplete = false;

    const completing = documents.completeMultipart(key, id, [{ part: 1, etag, octets: 10 }]).then(() => {
      isComplete = true;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setTimeout(resolve, 0));
    const wasComplete = isComplete;
    letGo();
    await completing;
    await refused;

    expect(wasComplete).toBe(false);
    expectBytes(await contentOf(await documents.read(key)), someBytes(10));
    await close();
  });

  test.each([
    ['completed', 'gone'],
    ['aborted', undefined],
  ])('whose file is a document already, as a crash left it, can be %s', async (_name, outcome) => {
    const folder = someFolder();
    const { documents, close } = await openEmbedded({ folder, publicUrl });
    const id = await documents.createMultipart(key, 1000);
    const etag = await documents.putPart(key, id, 1, someBytes(10));
    await rm(join(folder, 'multiparts', id));

    const answer = outcome
      ? await documents.completeMultipart(key, id, [{ part: 1, etag, octets: 10 }])
      : await documents.abortMultipart(key, id);

    expect(answer).toBe(outcome);
    expect(await documents.completeMultipart(key, id, [{ part: 1, etag, octets: 10 }])).toBe('gone');
    expect(await documents.parts(key, id)).toEqual([]);
    await close();
  });
});

/** Holds writes to files of this process until the test lets them go. */
async function holdWrites() {
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const { writev } = prototype;
  const held = Promise.withResolvers<void>();
  let count = 0;
  prototype.writev = async function (this: unknown, ...values: unknown[]) {
    count++;
    await held.promise;
    return await writev.apply(this, values);
  };
  const letGo = () => {
    prototype.writev = writev;
    held.resolve();
  };
  onTestFinished(letGo);
  return { writes: () => count > 0, letGo };
}
