import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { anyCharacter } from '../../../../doubles/any-character.ts';
import { folderFileName } from '../../../../relay/printers/folder-file-name.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import type { DeviceStep } from '../../../../relay/printers/output-device.ts';
import type { JobId } from '../../../../shared/core/domain/ids.ts';
import { type Printing, type PrintingOptions, preparePrinting } from './printing.ts';

let printing: Printing;
const prepared: Printing[] = [];
afterEach(async () => {
  for (const each of prepared.splice(0)) await each.remove();
});

const target = () => join(printing.folder, 'out');
const device = () => openOutputDevice('d1', pathToFileURL(target()).href);
const name = () => `Invoice 7-${printing.ticket.jobId.slice(0, 12)}.pdf`;
const hidden = () => `.${name()}.part`;
const recover = (step: DeviceStep['step']) => printing.recover(device(), { step, jobName: 'a.1' });

async function prepare(options: PrintingOptions = {}, octets = 20_000) {
  printing = await preparePrinting(octets, options);
  prepared.push(printing);
  await mkdir(target());
}

async function digestOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(target(), file)))
    .digest('hex');
}

describe('a folder', () => {
  it.each([0, 20_000, 3_000_000])('gets a document of %d octets as one file', async octets => {
    await prepare({}, octets);

    const outcome = await printing.print(device());

    expect(outcome).toEqual({ kind: 'completed' });
    expect(await readdir(target())).toEqual([name()]);
    expect(await digestOf(name())).toBe(printing.ticket.sha256);
    expect(printing.steps.map(({ step }) => step)).toEqual(['submitting', 'created', 'sent']);
  });

  it('has one file after the same job was printed twice', async () => {
    await prepare();

    await printing.print(device());
    await printing.print(device());

    expect(await readdir(target())).toEqual([name()]);
  });

  it('shows no file under its name before it is whole', async () => {
    const seen: string[][] = [];
    await prepare({ onStep: async () => void seen.push(await readdir(target())) });

    await printing.print(device());

    expect(seen).toEqual([[], [hidden()], [name()]]);
  });

  it('that is not there is tried again later, and is not made', async () => {
    await prepare();
    await rm(target(), { recursive: true });

    expect(await printing.print(device())).toMatchObject({ kind: 'retry', reasons: ['offline'] });
    expect(await readdir(printing.folder)).toEqual(['document']);
    expect(await device().describe(printing.controller.signal)).toMatchObject({
      state: 'unknown',
      stateReasons: ['offline'],
    });
  });

  it('in which the name is taken by a folder is tried again later, and nothing is left behind', async () => {
    await prepare();
    await mkdir(join(target(), name()));

    expect(await printing.print(device())).toMatchObject({ kind: 'retry' });
    expect(await readdir(target())).toEqual([name()]);
  });

  it('with a planted link does not lead the document elsewhere', async () => {
    await prepare();
    const elsewhere = join(printing.folder, 'elsewhere');
    await writeFile(elsewhere, 'mine');
    await symlink(elsewhere, join(target(), hidden()));
    await symlink(elsewhere, join(target(), name()));

    expect(await printing.print(device())).toEqual({ kind: 'completed' });
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
    expect(await digestOf(name())).toBe(printing.ticket.sha256);
  });

  it.each([['submitting'], [undefined]])('canceled at the step %s has no file', async at => {
    await prepare({ onStep: ({ step }) => (step === at ? printing.controller.abort() : undefined) });
    if (at === undefined) printing.controller.abort();

    expect(await printing.print(device())).toMatchObject({ kind: 'canceled' });
    expect(await readdir(target())).toEqual([]);
  });

  it('canceled when the file is in place keeps it', async () => {
    await prepare({ onStep: ({ step }) => (step === 'sent' ? printing.controller.abort() : undefined) });

    expect(await printing.print(device())).toEqual({ kind: 'completed' });
  });

  it('is idle as long as it can be written', async () => {
    await prepare();

    expect(await device().describe(printing.controller.signal)).toEqual({
      deviceId: 'd1',
      scheme: 'folder',
      attributes: { 'printer-info': target() },
      state: 'idle',
      stateReasons: [],
    });
  });
});

/** The sync of this number fails: of the file, of its folder, and of its folder with the file in place. */
async function failSync(number: number, code: string): Promise<void> {
  const handle = await open(printing.path);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  let syncs = 0;
  const { sync: own } = prototype;
  const sync = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: unknown) {
    if (++syncs === number) throw Object.assign(new Error(`${code}: failed`), { code });
    return await own.call(this);
  });
  onTestFinished(() => sync.mockRestore());
}

describe('a folder on a disk that cannot sync', () => {
  it.each([1, 2])('the file or its hidden name (%i) is tried again later, and nothing is left behind', async number => {
    await prepare();
    await failSync(number, 'EIO');

    expect(await printing.print(device())).toEqual({
      ...{ kind: 'retry', reasons: ['offline'], message: 'the folder cannot be written: EIO: failed' },
    });
    expect(await readdir(target())).toEqual([]);
  });

  it('the name of a file in place leaves the job unconfirmed: the file may be taken', async () => {
    await prepare();
    await failSync(3, 'EIO');

    expect(await printing.print(device())).toEqual({
      ...{ kind: 'unconfirmed', message: 'the file is in place, perhaps not for good: EIO: failed' },
    });
    expect(await readdir(target())).toEqual([name()]);
    expect(printing.steps.map(({ step }) => step)).toEqual(['submitting', 'created']);
  });

  it.each(['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EBADF'])('folders at all (%s) gets the file', async code => {
    for (const number of [2, 3]) {
      await prepare();
      await failSync(number, code);

      expect(await printing.print(device())).toEqual({ kind: 'completed' });
      vi.restoreAllMocks();
    }
  });

  it('after a crash is asked again later about the file in place', async () => {
    await prepare();
    await printing.print(device());
    await failSync(1, 'EIO');

    expect(await recover('created')).toMatchObject({ kind: 'retry', reasons: ['offline'] });
    expect(await recover('created')).toEqual({ kind: 'completed' });
  });
});

describe('recover in a folder', () => {
  it('after submitting removes partial files and reports that nothing was sent', async () => {
    await prepare();
    await writeFile(join(target(), hidden()), 'half');

    expect(await recover('submitting')).toEqual({ kind: 'not-sent' });
    expect(await readdir(target())).toEqual([]);
  });

  it('after created and before the rename reports that nothing was sent', async () => {
    await prepare();
    await writeFile(join(target(), hidden()), 'whole');

    expect(await recover('created')).toEqual({ kind: 'not-sent' });
    expect(await readdir(target())).toEqual([]);
  });

  it('after the rename finds the file in place', async () => {
    await prepare();
    await printing.print(device());

    expect(await recover('created')).toEqual({ kind: 'completed' });
    expect(await recover('sent')).toEqual({ kind: 'completed' });
  });

  it('after submitting finds what another process put in place, and lets a reprint replace it', async () => {
    await prepare();
    await printing.print(device());
    const first = await recover('submitting');
    printing.ticket.attempt = 2;

    expect(first).toEqual({ kind: 'completed' });
    expect(await recover('submitting')).toEqual({ kind: 'not-sent' });
  });

  it('after the rename reports an unknown outcome for a deleted or changed file', async () => {
    await prepare();
    await printing.print(device());
    await writeFile(join(target(), name()), 'something else');
    expect(await recover('created')).toMatchObject({ kind: 'unconfirmed' });

    await rename(join(target(), name()), join(printing.folder, 'taken'));
    expect(await recover('created')).toMatchObject({ kind: 'unconfirmed' });
  });

  it('asks again later while the folder is not there', async () => {
    await prepare();
    await rm(target(), { recursive: true });

    expect(await recover('created')).toMatchObject({ kind: 'retry' });
    expect(await recover('submitting')).toMatchObject({ kind: 'retry' });
  });
});

describe('folderFileName', () => {
  const jobId = '0123456789abcdef0123456789abcdef' as JobId;
  const names: [string, string, string][] = [
    ['Invoice 7', 'application/pdf', 'Invoice 7-0123456789ab.pdf'],
    ['Invoice 7.PDF', 'application/pdf', 'Invoice 7-0123456789ab.pdf'],
    ['Rechnung für 漢字 🖨', 'application/pdf', 'Rechnung für 漢字 🖨-0123456789ab.pdf'],
    ['../../etc/passwd', 'text/plain; charset=utf-8', 'etc passwd-0123456789ab.txt'],
    ['..', 'image/png', 'document-0123456789ab.png'],
    ['', 'application/x-unheard-of', 'document-0123456789ab.bin'],
    ['C:\\Windows\\x', 'application/postscript', 'C Windows x-0123456789ab.ps'],
    ['.hidden', 'application/vnd.hp-PCL', 'hidden-0123456789ab.pcl'],
    ['a\u0000b\nc\u202egpj', 'application/vnd.zebra-zpl', 'a b c gpj-0123456789ab.zpl'],
    ['con', 'text/plain', '_con-0123456789ab.txt'],
    ['COM1.txt.bak', 'text/plain', '_COM1.txt.bak-0123456789ab.txt'],
    ['e\u0301', 'image/jpeg', '\u00e9-0123456789ab.jpg'],
  ];
  it.each(names)('makes of "%s" (%s) the name %s', (name, format, expected) => {
    expect(folderFileName({ name, jobId, format })).toBe(expected);
  });

  it('makes of anything one plain, short, visible name', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 400 }), fc.string(), (name, format) => {
        const file = folderFileName({ name, jobId, format });
        expect(file).not.toMatch(/[\\/:*?"<>|\p{Cc}\p{Cf}]|^[.\s]|[.\s]$/u);
        expect(file).toMatch(/-0123456789ab\.[a-z]+$/);
        expect(Buffer.byteLength(file)).toBeLessThan(143 - '..part'.length);
        expect(file.isWellFormed()).toBe(true);
      }),
    );
  });
});
