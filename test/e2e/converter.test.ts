import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { PDFDocument } from '@cantoo/pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeConverter, converter } from '../../shared/adapters/convert/converter.ts';
import { pdfInfo } from '../../shared/adapters/convert/pdf/pdf-info.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';
import { readProcesses } from '../../shared/adapters/convert/worker/process-table.ts';
import type { Conversion, PageConversion, PdfConversion } from '../../shared/core/domain/conversion.ts';
import type { CompanyId } from '../../shared/core/domain/ids.ts';
import type { PreparationStep } from '../../shared/core/domain/job.ts';
import { useAllowFetch } from '../../shared/protocol/config.ts';

const page: PageConversion = {
  kind: 'page',
  content: { kind: 'html', html: '<title>t</title><p>hello</p>' },
  backgrounds: false,
  media: 'print',
  fullLoad: true,
  scripts: true,
};
const inlinePdf: PdfConversion = { kind: 'pdf', document: { kind: 'inline' } };
const a4 = { width: 210, height: 297 };

async function pdfOf(sizes: [width: number, height: number][]): Promise<Buffer> {
  const document = await PDFDocument.create();
  for (const [index, size] of sizes.entries()) document.addPage(size).drawText(`page ${index + 1}`);
  return Buffer.from(await document.save());
}

/** Runs a conversion; `octets` are those sent with it. */
async function convert(conversion: Conversion, octets?: Uint8Array, isWanted = async () => true, company = 'main') {
  const steps: PreparationStep[] = [];
  const converted = await converter.convert(conversion, {
    companyId: company as CompanyId,
    read: async () => octets && Readable.from([octets]),
    onStep: step => steps.push(step),
    key: '',
    isWanted,
  });
  return { converted, steps, bytes: converted?.bytes as Uint8Array };
}

/** Whether each worker process of this process gets only the time that others leave. */
function workersInIdleClass(): boolean[] {
  const workers = readProcesses().filter(({ pid, parent }) => parent === process.pid && isWorker(pid));
  return workers.map(({ isIdleClass }) => isIdleClass);
}

function isWorker(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('conversion-worker');
  } catch {
    // it ended meanwhile
    return false;
  }
}

describe('the converter', () => {
  const server = createServer((request, response) => {
    if (request.url === '/never') return;
    response.end(request.url === '/a.pdf' ? `%PDF-1.4 ${request.headers.cookie}` : '<!doctype html><p>no PDF');
  });
  let site = '';
  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    site = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    useAllowFetch([site]);
  });
  afterAll(async () => {
    await closeConverter();
    useAllowFetch([]);
    server.closeAllConnections();
    server.close();
  });

  it.runIf(process.platform === 'linux')(
    'gives the time that others leave to a company with several conversions at once',
    async () => {
      await convert(page);
      expect(workersInIdleClass()).not.toContain(true);
      let isWanted = true;
      const hanging: PageConversion = { ...page, content: { kind: 'url', url: `http://${site}/never` } };
      const busy = [1, 2].map(() => convert(hanging, undefined, async () => isWanted, 'busy'));

      await expect.poll(workersInIdleClass, { timeout: 20_000 }).toEqual(expect.arrayContaining([false, true]));
      isWanted = false;
      await Promise.all(busy);
    },
  );

  it('lays out a page for the given paper and orientation', async () => {
    const { bytes, steps } = await convert({ ...page, paper: { width: 148, height: 210 }, orientation: 'landscape' });
    const { pageSize } = await pdfInfo(bytes);

    expect([pageSize.width, pageSize.height].map(Math.round)).toEqual(
      [595, 420].map(points => expect.closeTo(points, -1)),
    );
    expect(steps).toEqual(['rendering']);
  });

  it('uses A4 by default', async () => {
    const { pageSize } = await pdfInfo((await convert(page)).bytes);

    expect(pageSize.height).toBeCloseTo(842, -1);
  });

  it('returns a PDF unchanged if no change is requested', async () => {
    const pdf = await pdfOf([[300, 400]]);

    const { converted, steps } = await convert(inlinePdf, pdf);

    expect(Buffer.from(converted?.bytes as Uint8Array).equals(pdf)).toBe(true);
    expect(converted?.pageCount).toBe(1);
    expect(steps).toEqual(['rendering-pdf']);
  });

  it('selects the requested pages', async () => {
    const pdf = await pdfOf([
      [300, 400],
      [300, 400],
      [300, 400],
    ]);

    const { bytes } = await convert({ ...inlinePdf, pageRanges: [{ from: 2 }], pagePass: 'odd' }, pdf);

    expect((await textOfPdf(bytes)).map(text => text.trim())).toEqual(['page 3']);
  });

  it('uses the orientation of the first page unless another is requested', async () => {
    const lying = await pdfOf([[400, 300]]);
    const sizeOf = async (more: Partial<PdfConversion>) =>
      (await pdfInfo((await convert({ ...inlinePdf, paper: a4, ...more }, lying)).bytes)).pageSize;

    const [own, upright] = [await sizeOf({}), await sizeOf({ orientation: 'portrait' })];

    expect(own.width).toBeGreaterThan(own.height);
    expect(upright.width).toBeLessThan(upright.height);
  });

  it.each([
    ['not a PDF', 'text', 'document-format-error', /not a PDF/],
    ['a web page', '<!DOCTYPE html><p>', 'document-format-error', /web page/],
    ['a damaged one', '%PDF-1.4 and no more', 'document-format-error', /damaged/],
  ])('reports what is wrong with %s', async (_title, octets, code, message) => {
    const failure = convert(inlinePdf, Buffer.from(octets));

    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('reports pages that do not exist', async () => {
    const failure = convert({ ...inlinePdf, pageRanges: [{ from: 5, to: 6 }] }, await pdfOf([[300, 400]]));

    await expect(failure).rejects.toMatchObject({ message: expect.stringContaining('has 1') });
  });

  it('reports margins that leave no room', async () => {
    const failure = convert({ ...page, scale: 'fit-width', margins: { left: 150, right: 150 } });

    await expect(failure).rejects.toMatchObject({ message: expect.stringContaining('margins') });
  });

  it('fetches with cookies, from allowed addresses only', async () => {
    const cookies = [{ name: 'a', value: '1' }];
    const fetched = await convert({ kind: 'fetch', document: { kind: 'url', url: `http://${site}/a.pdf`, cookies } });
    const refused = convert({ kind: 'fetch', document: { kind: 'url', url: 'http://127.0.0.1:1/' } });

    expect(String(fetched.bytes)).toContain('a=1');
    expect(fetched.steps).toEqual(['downloading', 'downloaded']);
    await expect(refused).rejects.toMatchObject({
      code: 'document-access-error',
      message: expect.stringContaining('private'),
    });
  });

  it.each<[title: string, conversion: () => Conversion]>([
    ['a page whose script spins', () => ({ ...page, content: { kind: 'html', html: '<script>for(;;);</script>' } })],
    ['a page that never comes', () => ({ ...page, content: { kind: 'url', url: `http://${site}/never` } })],
    ['a PDF that never comes', () => ({ kind: 'pdf', document: { kind: 'url', url: `http://${site}/never` } })],
  ])('stops %s when it is no longer wanted, and runs the next one', async (_title, conversion) => {
    const { converted } = await convert(conversion(), undefined, async () => false);

    expect(converted).toBeUndefined();
    expect((await convert(page)).converted?.pageCount).toBe(1);
  });
});
