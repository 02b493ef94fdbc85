import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { PDFDocument } from '@cantoo/pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../doubles/machine.ts';
import { closeConverter, converter } from '../../shared/adapters/convert/converter.ts';
import type { Conversion, PageConversion } from '../../shared/core/domain/conversion.ts';
import type { CompanyId } from '../../shared/core/domain/ids.ts';
import { useAllowFetch } from '../../shared/protocol/config.ts';
import { openSite } from './web-page.ts';

const page: PageConversion = {
  kind: 'page',
  content: { kind: 'html', html: '<p>hello</p>' },
  backgrounds: false,
  media: 'print',
  fullLoad: true,
  scripts: true,
};

const convert = (conversion: Conversion, companyId: string, octets?: Uint8Array) =>
  converter.convert(conversion, {
    companyId: companyId as CompanyId,
    read: async () => octets && Readable.from([octets]),
    onStep: () => {},
    key: '',
    isWanted: async () => true,
  });

/** Processes below this one whose command line holds the text; a browser's own processes below it have a type. */
function processesWith(text: string, type = ''): number[] {
  const parentOf = (pid: number) => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  const isBelow = (pid: number): boolean => pid > 1 && (parentOf(pid) === process.pid || isBelow(parentOf(pid)));
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .filter(pid => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(text) && (/--type=([^\0 ]+)/.exec(line)?.[1] ?? '') === type && isBelow(pid);
      } catch {
        // it ended meanwhile
        return false;
      }
    });
}

async function manyPages(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  for (let number = 1; number <= 40; number++) document.addPage([600, 800]).drawText(`page ${number}`);
  return await document.save();
}

describe('a process that is killed in the middle of a conversion', () => {
  let site: Awaited<ReturnType<typeof openSite>>;
  let asked = 0;
  let pdf: Uint8Array;
  beforeAll(async () => {
    // the first to ask gets no answer
    site = await openSite((_request, response) => {
      asked += 1;
      if (asked > 1) response.setHeader('content-type', 'text/html').end('<p>at last</p>');
    });
    useAllowFetch([new URL(site.origin).host]);
    pdf = await manyPages();
  });
  afterAll(async () => {
    await closeConverter();
    useAllowFetch([]);
    await site.close();
  });

  const reading = { document: { kind: 'inline' as const }, checksPermissions: false, pageRanges: [] };
  const pictures = { ...reading, kind: 'pictures' as const, format: 'png' as const, dpi: 150 };
  it.each<[work: string, process: string, conversion: () => Conversion, pages: number]>([
    ['a page that loads', 'conversion-worker', () => ({ ...page, content: { kind: 'url', url: site.origin } }), 1],
    [
      'a page that loads',
      '--remote-debugging-pipe',
      () => ({ ...page, content: { kind: 'url', url: site.origin } }),
      1,
    ],
    ['pictures of a PDF', 'conversion-worker', () => pictures, 40],
    [
      'a document that is fetched',
      'conversion-worker',
      () => ({ kind: 'hash', document: { kind: 'url', url: site.origin } }),
      0,
    ],
  ])(
    '%s: after a kill of %s it is made all the same, and others notice nothing',
    async (_work, killed, conversion, pages) => {
      asked = 0;
      const isFetched = conversion().kind !== 'pictures';
      await convert(page, 'other');
      // the process that serves the other company is the oldest; a worker that was prepared in advance is younger
      const [spared] = processesWith(killed);
      const before = killed === 'conversion-worker' ? [spared] : processesWith(killed);
      const made = convert(conversion(), `killed ${killed} ${conversion().kind}`, pdf);
      made.catch(() => {}); // read below
      const victims = await until(() => {
        const fresh = processesWith(killed).filter(pid => !before.includes(pid));
        return fresh.length > 0 && (!isFetched || asked > 0) ? fresh : undefined;
      });

      for (const victim of victims) process.kill(victim, 'SIGKILL');
      const others = await convert(page, 'other');

      expect((await made)?.pageCount ?? 0).toBe(pages);
      expect(others?.pageCount).toBe(1);
    },
  );

  it('a page whose own process is killed fails, and is not tried again', async () => {
    asked = 0;
    const before = processesWith('', 'renderer');
    const html = `<img src="${site.origin}">`;
    const made = convert({ ...page, content: { kind: 'html', html } }, 'killed renderer');
    made.catch(() => {}); // read below
    await until(() => asked > 0);

    for (const renderer of processesWith('', 'renderer').filter(pid => !before.includes(pid))) {
      process.kill(renderer, 'SIGKILL');
    }

    await expect(made).rejects.toMatchObject({ code: 'document-format-error' });
    expect(asked).toBe(1);
  });

  it.each<[title: string, html: string]>([
    ['a title of 720 MB', `<script>document.title = '\\u0001'.repeat(120e6)</script>x`],
    ['a line of 720 MB on the console', `<script>console.log('\\u0001'.repeat(120e6))</script>x`],
    [
      '4 GB of memory',
      `<script>const all = []; for (let i = 0; i < 4096; i++) all.push(new Uint8Array(2 ** 20).fill(1))</script>x`,
    ],
  ])('a page of %s fails alone or prints, and the next one is made', async (_title, html) => {
    const outcome = await convert({ ...page, content: { kind: 'html', html } }, 'hostile').catch(error => error);

    expect(outcome).toEqual(expect.anything());
    expect((await convert(page, 'hostile'))?.pageCount).toBe(1);
  });
});
