import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument, rgb } from '@cantoo/pdf-lib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { decodeLines, decodePwg, type PwgPage } from '../../../../doubles/pwg-raster.ts';
import { makeDocument } from '../../../../relay/documents/make-document.ts';
import type { Making, RasterTarget } from '../../../../relay/documents/making.ts';
import { encodeLines } from '../../../../relay/documents/raster-format.ts';

/** A4 in points, and in dots at 72 an inch. */
const [width, height] = [595, 842];
const target: RasterTarget = {
  format: 'image/pwg-raster',
  media: { name: 'iso_a4_210x297mm', width, height },
  resolution: 72,
  isColor: false,
  sides: 'one-sided',
  sheetBack: 'normal',
};
const never = new AbortController().signal;

/** Pages with a black square at the upper left, as wide as the number of the page in steps of 20 points. */
async function pdfOf(sizes: [number, number][]): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  sizes.forEach(([pageWidth, pageHeight], index) => {
    const side = 20 * (index + 1);
    const page = document.addPage([pageWidth, pageHeight]);
    page.drawRectangle({ x: 0, y: pageHeight - side, width: side, height: side, color: rgb(0, 0, 0) });
  });
  return await document.save();
}

async function made(making: Making, pdf: Uint8Array, signal = never): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-documents-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'document'), pdf);
  const [path = ''] = await makeDocument(making, join(folder, 'document'), signal);
  return await readFile(path);
}

const upright = (pages: number) => Array.from({ length: pages }, (): [number, number] => [width, height]);

const isDark = (page: PwgPage | undefined, x: number, y: number) =>
  page !== undefined && (page.data[(y * page.width + x) * page.step] as number) < 128;

const squareOf = (page: PwgPage) => {
  let side = 0;
  while (isDark(page, side, 1)) side++;
  return side;
};

describe('pages of a PDF', () => {
  it('are those that were asked for, as often as they were asked for', async () => {
    const ranges = [
      { from: 2, to: 2 },
      { from: 4, to: 9 },
    ];
    const sizes = [100, 200, 300, 400, 500].map((side): [number, number] => [side, side]);

    const pdf = await PDFDocument.load(await made({ ranges, copies: 2 }, await pdfOf(sizes)));

    expect(pdf.getPages().map(page => page.getWidth())).toEqual([200, 400, 500, 200, 400, 500]);
  });

  it('that it does not have are an error in words', async () => {
    const ranges = [{ from: 7, to: 9 }];

    await expect(made({ ranges }, await pdfOf(upright(2)))).rejects.toThrow('it has 2 pages, and none of those');
  });
});

describe('a raster of a PDF', () => {
  it('has each page on its medium, right way up', async () => {
    const pages = decodePwg(await made({ raster: target }, await pdfOf(upright(2))));

    expect(pages.map(page => [page.width, page.height, page.duplex])).toEqual([
      [width, height, 0],
      [width, height, 0],
    ]);
    expect(pages.map(squareOf)).toEqual([20, 40]);
    expect(isDark(pages[0], 300, 400)).toBe(false);
  });

  it('has the pages and copies that were asked for', async () => {
    const making = { raster: target, ranges: [{ from: 2, to: 3 }], copies: 2 };

    expect(decodePwg(await made(making, await pdfOf(upright(3)))).map(squareOf)).toEqual([40, 60, 40, 60]);
  });

  it('in color has three octets a pixel', async () => {
    const [page] = decodePwg(await made({ raster: { ...target, isColor: true } }, await pdfOf(upright(1))));

    expect(page && squareOf(page)).toBe(20);
  });

  it('turns a page that lies the other way, and makes a larger one fit', async () => {
    const [turned, smaller] = decodePwg(
      await made(
        { raster: target },
        await pdfOf([
          [height, width],
          [width * 2, height * 2],
        ]),
      ),
    );

    expect([turned?.width, turned?.height]).toEqual([width, height]);
    // a quarter turn clockwise: the upper left corner is at the upper right
    expect(isDark(turned, width - 5, 5)).toBe(true);
    expect(isDark(turned, 5, 5)).toBe(false);
    expect(smaller && squareOf(smaller)).toBe(20);
  });

  const backs: [RasterTarget['sides'], RasterTarget['sheetBack'], [number, number]][] = [
    ['two-sided-long-edge', 'normal', [1, 1]],
    ['two-sided-long-edge', 'flipped', [1, -1]],
    ['two-sided-short-edge', 'flipped', [-1, 1]],
    ['two-sided-long-edge', 'rotated', [-1, -1]],
    ['two-sided-short-edge', 'rotated', [1, 1]],
    ['two-sided-short-edge', 'manual-tumble', [-1, -1]],
    ['two-sided-long-edge', 'manual-tumble', [1, 1]],
  ];
  it.each(backs)('%s on a printer whose backs are %s is turned by %j', async (sides, sheetBack, transform) => {
    const raster = { ...target, sides, sheetBack };
    const [front, back] = decodePwg(await made({ raster }, await pdfOf(upright(2)))) as [PwgPage, PwgPage];
    const [x, y] = [transform[0] < 0 ? width - 5 : 5, transform[1] < 0 ? height - 5 : 5];

    expect([front.duplex, front.transform]).toEqual([1, [1, 1]]);
    expect(back.transform).toEqual(transform);
    expect(isDark(back, x, y)).toBe(true);
    expect(isDark(back, width - x, height - y)).toBe(false);
  });

  it('keep their colours', async () => {
    const document = await PDFDocument.create();
    document.addPage([width, height]).drawRectangle({ x: 0, y: 0, width, height, color: rgb(1, 0.5, 0) });

    const [page] = decodePwg(await made({ raster: { ...target, isColor: true } }, await document.save()));

    const [red = 0, green = 0, blue = 0] = page?.data ?? [];
    expect([red, Math.round(green / 10), blue]).toEqual([255, 13, 0]);
  });

  it('as URF says how many pages it has, and how large they are', async () => {
    const urf = await made({ raster: { ...target, format: 'image/urf' } }, await pdfOf(upright(3)));

    expect(urf.subarray(0, 8).toString('latin1')).toBe('UNIRAST\0');
    expect(urf.readUInt32BE(8)).toBe(3);
    expect([...urf.subarray(12, 16)]).toEqual([8, 0, 1, 4]);
    expect([24, 28, 32].map(offset => urf.readUInt32BE(offset))).toEqual([width, height, 72]);
    const { data } = decodeLines(urf.subarray(44), width, height, 1);
    expect(data[0]).toBeLessThan(128);
  });

  it('of something that is no PDF is an error in words', async () => {
    await expect(made({ raster: target }, Buffer.from('no PDF'))).rejects.toThrow('the PDF cannot be prepared');
  });

  it('stops when the job is no longer wanted', async () => {
    await expect(made({ raster: target }, await pdfOf(upright(1)), AbortSignal.abort())).rejects.toThrow();
  });
});

describe('the process that draws', () => {
  const raster = async () => decodePwg(await made({ raster: target }, await pdfOf(upright(1)))).map(squareOf);

  it('is ready before the next document comes, and draws one document only', async () => {
    await raster();
    const [first] = await waitingProcesses();
    await raster();
    const [second] = await waitingProcesses();

    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(0);
    expect(second).not.toBe(first);
    await vi.waitFor(async () => expect(await readdir('/proc')).not.toContain(`${first}`));
  });

  it('may end while it waits: the next document is drawn all the same', async () => {
    await raster();
    for (const pid of await waitingProcesses()) process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await waitingProcesses()).toEqual([]));

    expect(await raster()).toEqual([20]);
  });
});

/** Ids of our child processes that wait for a document. */
async function waitingProcesses(): Promise<number[]> {
  const threads = await readdir('/proc/self/task');
  const children = await Promise.all(threads.map(thread => readFile(`/proc/self/task/${thread}/children`, 'utf8')));
  const pids = children.join(' ').split(' ').filter(Boolean);
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => /document-worker.*\0warm/.test(lines[index] ?? '')).map(Number);
}

const rgbOf = (color: number) => [color & 255, (color >> 8) & 255, (color >> 16) & 255];

it('lines of any pixels are read as they were written', () => {
  const values = fc.array(fc.constantFrom(0, 1, 255), { minLength: 1, maxLength: 600 });
  fc.assert(
    fc.property(
      values,
      fc.constantFrom(1, 3) as fc.Arbitrary<1 | 3>,
      fc.integer({ min: 1, max: 3 }),
      (row, step, rows) => {
        const all = Array.from({ length: rows }, () => row).flat();
        const pixels =
          step === 1 ? Uint8Array.from(all) : Uint32Array.from(all, value => 0xff000000 + value * 0x010203);
        const data = Buffer.from(all.flatMap(value => (step === 1 ? [value] : rgbOf(0xff000000 + value * 0x010203))));

        const coded = encodeLines({ width: row.length, height: rows, pixels });

        expect(decodeLines(coded, row.length, rows, step)).toEqual({ data, length: coded.length });
      },
    ),
  );
});
