import { readdir, rm, writeFile } from 'node:fs/promises';
import { PDFDocument } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { type IppPrinter, type IppPrinterOptions, startIppPrinter } from '../../../../doubles/ipp-printer.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import { make } from '../../../../shared/ipp/attributes.ts';
import { hurried, type Printing, type PrintingOptions, preparePrinting } from './printing.ts';

/** Documents that go to a printer in several jobs: copies that it does not offer, and pages as JPEG. */

let printer: IppPrinter;
let printing: Printing;
afterEach(async () => {
  await printer.stop();
  await printing.remove();
});

async function prepare(printerOptions: IppPrinterOptions, asked: PrintingOptions, pages = 0) {
  printer = await startIppPrinter(printerOptions);
  printing = await preparePrinting(20_000, asked);
  if (pages > 0) await writeFile(printing.path, await pdfOf(pages));
}

async function pdfOf(pages: number): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  for (let page = 0; page < pages; page++) document.addPage([288, 432]).drawText(`page ${page + 1}`, { x: 20, y: 200 });
  return await document.save();
}

const device = () => openOutputDevice('d1', printer.uri, hurried);
const print = () => printing.print(device());
const withoutCopies = { attributes: [make.keyword('job-creation-attributes-supported', 'sides')] };
const label = { format: 'application/vnd.zebra-zpl', template: { copies: 3 } };
const takesLabels = { ...withoutCopies, formats: ['application/vnd.zebra-zpl'] };
const steps = () => printing.steps.map(({ step, copiesDone, copies }) => `${step} ${copiesDone}/${copies}`);

describe('copies of a document that is no PDF, at a printer that offers none', () => {
  it('are sent one after another, each under its own name and counted in the journal', async () => {
    await prepare(takesLabels, label);

    expect(await print()).toEqual({ kind: 'completed' });
    expect(printer.jobs.map(({ sha256 }) => sha256)).toEqual(Array(3).fill(printing.ticket.sha256));
    expect(new Set(printer.jobs.map(({ name }) => name)).size).toBe(3);
    expect(steps()).toEqual([0, 1, 2].flatMap(done => [`submitting ${done}/3`, `created ${done}/3`, `sent ${done}/3`]));
  });

  it('go on with the one that is next', async () => {
    await prepare(takesLabels, label);
    const { ticket, path, controller } = printing;

    const silent = { step: async () => undefined, progress: () => undefined };
    await device().print({ ticket, path, ...silent, copiesDone: 2, signal: controller.signal });

    expect(printer.jobs).toHaveLength(1);
  });

  it('are counted by what the printer says after a crash', async () => {
    const crash = (at: string, copy: number): PrintingOptions => ({
      ...label,
      onStep: ({ step, copiesDone }) => {
        if (step === at && copiesDone === copy) throw new Error('crash');
      },
    });
    await prepare(takesLabels, crash('sent', 1));
    await expect(print()).rejects.toThrow('crash');
    const last = printing.steps.at(-1);

    expect(last && (await printing.recover(device(), last))).toEqual({ kind: 'not-sent', copiesDone: 2 });
    expect(last && (await printing.recover(device(), { ...last, copies: 2 }))).toEqual({ kind: 'completed' });
  });

  it('that the printer makes itself are asked of it', async () => {
    await prepare({ formats: ['application/vnd.zebra-zpl'] }, label);

    await print();

    expect(printer.jobs).toHaveLength(1);
    expect(printer.jobs[0]?.attributes).toEqual([make.integer('copies', 3)]);
  });

  it('say which one failed', async () => {
    await prepare({ ...takesLabels, traps: { aborts: { reasons: ['aborted-by-system'], message: 'ribbon' } } }, label);

    expect(await print()).toMatchObject({ kind: 'aborted', message: expect.stringContaining('(1 of 3)') });
    expect(printer.jobs).toHaveLength(1);
  });
});

describe('a printer that takes JPEG only', () => {
  const photo = { formats: ['image/jpeg'] };

  it('gets a JPEG for each page of a PDF, in the size of the page', async () => {
    await prepare(photo, { template: { media: 'na_letter_8.5x11in' } }, 2);

    expect(await print()).toEqual({ kind: 'completed' });
    expect(printer.jobs.map(({ format }) => format)).toEqual(['image/jpeg', 'image/jpeg']);
    const [first = Buffer.alloc(0)] = printer.jobs.map(({ document }) => document);
    const { data, info } = await sharp(first).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 2550, height: 3300 });
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([first[13], first.readUInt16BE(14), first.readUInt16BE(16)]).toEqual([1, 300, 300]);
  });

  it('prints pages that were asked for, and copies in their order', async () => {
    await prepare(photo, { template: { copies: 2, 'page-ranges': [{ from: 2, to: 3 }] } }, 3);

    await print();

    const [a, b, c, d] = printer.jobs.map(({ sha256 }) => sha256);
    expect([c, d]).toEqual([a, b]);
    expect(a).not.toBe(b);
  });

  it('cannot print both sides, and that is said', async () => {
    await prepare(photo, { template: { sides: 'two-sided-long-edge' } }, 1);

    expect(await print()).toMatchObject({ warnings: ['the printer does not offer sides'] });
  });

  it('leaves nothing of the pages on disk', async () => {
    await prepare(photo, {}, 2);

    await print();
    await rm(printing.path);

    expect(await readdir(printing.folder)).toEqual([]);
  });
});
