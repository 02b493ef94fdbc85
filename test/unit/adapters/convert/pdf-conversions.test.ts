import { Readable } from 'node:stream';
import { PDFDocument, StandardFonts } from '@cantoo/pdf-lib';
import { strToU8, zipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, describe, expect, it, test } from 'vitest';
import { closeConverter, converter } from '../../../../shared/adapters/convert/converter.ts';
import { pagesOfRange } from '../../../../shared/adapters/convert/pdf/page-ranges.ts';
import { pdfOperations } from '../../../../shared/adapters/convert/pdf/pdf.ts';
import type { Conversion, OctetSource } from '../../../../shared/core/domain/conversion.ts';
import type { CompanyId } from '../../../../shared/core/domain/ids.ts';
import type { ConvertedFile } from '../../../../shared/core/ports/index.ts';

const { barcode, countPages, fillTemplate, textOfPdf, unzip } = pdfOperations;

afterAll(() => closeConverter());

/** Pages that say their number and a word. */
async function makePdf(words: string[], change?: (document: PDFDocument) => void): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (const [index, word] of words.entries()) {
    document.addPage([300, 400]).drawText(`${index + 1} ${word}`, { x: 20, y: 300, size: 20, font });
  }
  change?.(document);
  return await document.save();
}

const stored = (key: string): OctetSource => ({ kind: 'stored', key });

/** Converts documents from a store that is a record. */
async function convert(conversion: Conversion, store: Record<string, Uint8Array>) {
  const made = await converter.convert(conversion, {
    companyId: 'main' as CompanyId,
    read: async document => {
      const bytes = document.kind === 'stored' ? store[document.key] : undefined;
      return bytes && Readable.from([bytes]);
    },
    onStep: () => {},
    key: '',
    isWanted: async () => true,
  });
  if (!made) throw new Error('Nothing was made.');
  return { ...made, files: made.bytes as ConvertedFile[], whole: made.bytes as Uint8Array };
}

const reading = { document: stored('a'), checksPermissions: true };
const code = (expected: string) => ({ code: expected });

describe('ranges that must be there', () => {
  test.each([
    [{ from: 2, to: 3 }, [2, 3]],
    [{ from: 4 }, [4, 5]],
    [{ from: 5, to: 99 }, [5]],
    [{ from: -1, to: -1 }, [5]],
    [{ from: -3, to: -2 }, [3, 4]],
    [{ from: 2, to: -2 }, [2, 3, 4]],
  ])('%j of 5', (range, expected) => {
    expect(pagesOfRange(5, range)).toEqual(expected);
  });

  test.each([
    [{ from: 6 }, 'page-out-of-range'],
    [{ from: -6 }, 'page-out-of-range'],
    [{ from: 1, to: -6 }, 'page-out-of-range'],
    [{ from: 5, to: -4 }, 'bad-page-range'],
  ])('%j of 5 is %s', (range, expected) => {
    expect(() => pagesOfRange(5, range)).toThrow(expect.objectContaining(code(expected)));
  });
});

describe('a PDF', () => {
  const words = ['one', 'two', 'mark', 'four', 'mark'];

  it('is split by groups of pages', async () => {
    const by = { kind: 'groups' as const, groups: [{ from: 1, to: 2 }, { from: 4 }] };
    const { files, pageCount } = await convert({ kind: 'split', ...reading, by }, { a: await makePdf(words) });

    expect(files.map(({ suffix }) => suffix)).toEqual(['_page1-2.pdf', '_page4-5.pdf']);
    expect(pageCount).toBe(4);
    expect((await textOfPdf(files[1]?.bytes as Uint8Array)).map(text => text.trim())).toEqual(['4 four', '5 mark']);
  });

  it('is split before each page with a text, which may be left out', async () => {
    const by = { kind: 'text' as const, text: 'MARK', isPattern: false, ignoresCase: true, withoutMatch: false };
    const store = { a: await makePdf(words) };
    const suffixes = async (more: Partial<typeof by>) =>
      (await convert({ kind: 'split', ...reading, by: { ...by, ...more } }, store)).files.map(({ suffix }) => suffix);

    expect(await suffixes({})).toEqual(['_page1-2.pdf', '_page3-4.pdf', '_page5.pdf']);
    expect(await suffixes({ withoutMatch: true })).toEqual(['_page1-2.pdf', '_page4.pdf']);
    expect(await suffixes({ ignoresCase: false })).toEqual(['_page1-5.pdf']);
    expect(await suffixes({ isPattern: true, text: '^2 ' })).toEqual(['_page1.pdf', '_page2-5.pdf']);
    await expect(suffixes({ isPattern: true, text: '(' })).rejects.toMatchObject(code('bad-value'));
  });

  it('becomes text and pictures, page by page', async () => {
    const store = { a: await makePdf(words) };
    const text = await convert(
      {
        kind: 'text',
        ...reading,
        pageRanges: [
          { from: -1, to: -1 },
          { from: 1, to: 1 },
        ],
      },
      store,
    );
    const pictures = await convert(
      { kind: 'pictures', ...reading, format: 'png', dpi: 36, pageRanges: [{ from: 2, to: 3 }] },
      store,
    );

    expect(Buffer.from(text.whole).toString()).toBe('1 one\n5 mark\n');
    expect(pictures.files.map(({ suffix }) => suffix)).toEqual(['_page2.png', '_page3.png']);
    expect(await sharp(pictures.files[0]?.bytes).metadata()).toMatchObject({ format: 'png', width: 150, height: 200 });
  });

  it('has pictures as an image has, which shows the page that it is printed on', async () => {
    const image = await sharp({ create: { width: 40, height: 80, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
    const store = { pdf: await makePdf(words), image };
    const preview = { kind: 'pictures', format: 'png', dpi: 72, width: 20, checksPermissions: false } as const;
    const show = (key: string, isImage: boolean) =>
      convert({ ...preview, document: stored(key), isImage, pageRanges: [{ from: 1, to: 1 }] }, store);

    expect(await sharp((await show('pdf', false)).files[0]?.bytes).metadata()).toMatchObject({ width: 20 });
    expect(await sharp((await show('image', true)).files[0]?.bytes).metadata()).toMatchObject({
      width: 20,
      height: 40,
    });
    await expect(show('image', false)).rejects.toMatchObject(code('document-format-error'));
  });

  it('whose owner forbids it is not split, unless permissions are ignored', async () => {
    const permissions = { copying: false, documentAssembly: false, modifying: false };
    const store = { a: await makePdf(words, it => it.encrypt({ userPassword: '', ownerPassword: 'o', permissions })) };
    const text = { kind: 'text' as const, ...reading, pageRanges: [] };
    const split = { kind: 'split' as const, ...reading, by: { kind: 'each' as const } };
    const merge = { kind: 'merge' as const, documents: [stored('a')], takes: 'pdf' as const, checksPermissions: true };

    for (const conversion of [text, split, merge]) {
      await expect(convert(conversion, store)).rejects.toMatchObject(code('document-permission-error'));
      expect((await convert({ ...conversion, checksPermissions: false }, store)).pageCount).toBe(5);
    }
  });

  test.each([
    ['damaged', async () => (await makePdf(words)).slice(0, 300), 'document-format-error'],
    ['a web page', async () => Buffer.from('<!doctype html><p>Please sign in'), 'document-format-error'],
    ['empty', async () => new Uint8Array(), 'document-format-error'],
    [
      'encrypted',
      () => makePdf(words, it => it.encrypt({ userPassword: 'secret', ownerPassword: 'o' })),
      'document-password-error',
    ],
  ])('that is %s is refused by each conversion', async (_name, make, expected) => {
    const store = { a: await make() };
    const conversions: Conversion[] = [
      { kind: 'info', ...reading },
      { kind: 'text', ...reading, pageRanges: [] },
      { kind: 'split', ...reading, by: { kind: 'each' } },
      { kind: 'pictures', ...reading, format: 'jpeg', dpi: 72, pageRanges: [] },
      { kind: 'merge', documents: [stored('a')], takes: 'pdf', checksPermissions: true },
      { kind: 'pdf', document: stored('a') },
    ];

    for (const conversion of conversions) {
      await expect(convert(conversion, store)).rejects.toMatchObject(code(expected));
    }
  });

  it('that no longer exists is reported as such', async () => {
    await expect(convert({ kind: 'info', ...reading }, {})).rejects.toMatchObject(code('document-access-error'));
  });
});

describe('merging', () => {
  const merge = (documents: string[], takes: 'pdf' | 'any') =>
    ({ kind: 'merge', documents: documents.map(stored), takes, checksPermissions: true }) as const;
  const picture = () =>
    sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer();

  it('accepts PDFs, images and archives of them, in order', async () => {
    const archive = zipSync({
      '1.pdf': await makePdf(['in archive']),
      '__MACOSX/._1.pdf': strToU8('x'),
      'f/2.png': await picture(),
    });
    const store = { pdf: await makePdf(['first', 'second']), png: await picture(), zip: archive };
    const { whole, pageCount } = await convert(merge(['zip', 'pdf', 'png'], 'any'), store);

    expect(pageCount).toBe(5);
    expect((await textOfPdf(whole)).map(text => text.trim())).toEqual(['1 in archive', '', '1 first', '2 second', '']);
  });

  it('accepts only PDFs in PDF-only merges', async () => {
    await expect(convert(merge(['a'], 'pdf'), { a: await picture() })).rejects.toMatchObject(
      code('document-format-error'),
    );
  });

  test.each([
    ['Office documents', zipSync({ '[Content_Types].xml': strToU8('<x/>') })],
    ['archives in archives', zipSync({ 'a.zip': zipSync({ 'b.zip': zipSync({ 'c.txt': strToU8('c') }) }) })],
    ['octets of no kind', Buffer.from([0, 1, 2, 3])],
  ])('refuses %s', async (_name, bytes) => {
    await expect(convert(merge(['a'], 'any'), { a: bytes })).rejects.toMatchObject(code('unsupported'));
  });

  test('a damaged archive is reported, and a bomb is not unpacked', async () => {
    const bomb = zipSync(Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`${index}.txt`, strToU8('x')])));
    await expect(unzip(zipSync({ a: strToU8('a') }).slice(0, 40))).rejects.toMatchObject(code('bad-pdf'));
    await expect(unzip(bomb)).rejects.toMatchObject(code('too-large'));
  });
});

describe('templates', () => {
  test.each([
    ['{{a}} {{{a}}} {{&a}}', { a: '<b>"/"' }, '&lt;b&gt;&quot;/&quot; <b>"/" <b>"/"'],
    ['{{#rows}}{{n}};{{/rows}}{{^none}}no{{/none}}', { rows: [{ n: 1 }, { n: 2 }] }, '1;2;no'],
    ['{{a.b}}{{missing}}', { a: { b: 3 } }, '3'],
  ])('%j with %j', async (html, data, expected) => {
    expect(await fillTemplate(html, data)).toBe(expected);
  });

  it('with unbalanced tags are refused', async () => {
    await expect(fillTemplate('{{#a}}', {})).rejects.toMatchObject(code('bad-template'));
  });
});

describe('other things', () => {
  it('barcodes are pictures, or a page of one', async () => {
    const png = await convert({ kind: 'barcode', symbology: 'qrcode', text: 'Grüße', as: 'png' }, {});
    const pdf = await convert({ kind: 'barcode', symbology: 'code128', text: '123', as: 'pdf' }, {});

    expect((await sharp(png.whole).metadata()).format).toBe('png');
    expect(await countPages(pdf.whole)).toBe(1);
    await expect(barcode('ean13', 'abc')).rejects.toMatchObject({ code: 'bad-request', message: /digits/ });
  });

  it('a hash is the MD5 of the octets', async () => {
    const { whole } = await convert({ kind: 'hash', document: stored('a') }, { a: strToU8('hello') });

    expect(Buffer.from(whole).toString()).toBe('5d41402abc4b2a76b9719d911017c592');
  });
});
