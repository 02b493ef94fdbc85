import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrowserPool, openBrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import { fontPaths } from '../../shared/adapters/convert/fonts/fonts.ts';
import { uncoveredCharacters } from '../../shared/adapters/convert/fonts/glyph-coverage.ts';
import { symbolFonts } from '../../shared/adapters/convert/fonts/symbol-fonts.ts';
import { renderPdf } from '../../shared/adapters/convert/page/html-to-pdf.ts';
import { picturesOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';

let pool: BrowserPool;
beforeAll(async () => {
  pool = await openBrowserPool();
});
afterAll(() => pool.close());

/** One line of text as grey values, and its warnings. */
async function draw(text: string, style = '') {
  const html = `<body style="margin:0;font:40px/1.2 Arial;${style}">${text}`;
  const request = {
    content: { kind: 'html' as const, html },
    paper: { width: 60, height: 20 },
    margins: { top: 0, left: 0, right: 0, bottom: 0 },
  };
  const options = { backgrounds: true, media: 'print' as const, fullLoad: true, scripts: false, deadlineMs: 30_000 };
  const { pdf, warnings } = await renderPdf(pool, { ...request, ...options });
  const [picture] = await picturesOfPdf(pdf, { dpi: 96, format: 'png', pages: [1] });
  const image = sharp(picture!.data);
  const { channels } = await image.stats();
  const pixels = await image.greyscale().raw().toBuffer();
  return {
    pixels,
    warnings,
    ink: pixels.filter(value => value < 128).length,
    isColour: channels.some(({ mean }) => Math.abs(mean - channels[0]!.mean) > 0.5),
  };
}

// U+0870 is an Arabic character that none of our fonts has; its box shows what a missing character looks like.
const missing = '\u{1E900}';

test.each([
  ['Latin', 'Ag', 'Ãğ'],
  ['Greek and Cyrillic', 'Ωж', 'Ψй'],
  ['Chinese, simplified', '汉', '语'],
  ['Chinese, traditional', '漢', '語'],
  ['Chinese, rare', '龘', '㐂'],
  ['Japanese', 'かカ', 'のヌ'],
  ['Korean', '한', '글'],
  ['Hebrew', 'א', 'ש'],
  ['Arabic', 'ع', 'س'],
  ['Thai', 'ท', 'ย'],
  ['Devanagari', 'क', 'ष'],
  ['Bengali', 'চ', 'ব'],
  ['Tamil', 'ர', 'த'],
  ['Telugu', 'ర', 'త'],
  ['Gujarati', 'ર', 'ગ'],
  ['Gurmukhi', 'ਰ', 'ਪ'],
  ['Kannada', 'ರ', 'ಕ'],
  ['Malayalam', 'ര', 'മ'],
  ['Oriya', 'ର', 'ଓ'],
  ['Sinhala', 'ර', 'ස'],
  ['Georgian', 'ი', 'ნ'],
  ['Armenian', 'Հ', 'շ'],
  ['Ethiopic', 'ሀ', 'ለ'],
  ['Khmer', 'ក', 'ខ'],
  ['Lao', 'ກ', 'ຂ'],
  ['Myanmar', 'က', 'ခ'],
  ['mathematics', '𝑎', '∫'],
  ['long arrows', '⟶', '⇄'],
  ['boxes and ticks of forms', '☐', '✓'],
])('%s is drawn', async (_, one, another) => {
  const [first, second, box] = [await draw(one), await draw(another), await draw(missing)];
  expect(first.ink).toBeGreaterThan(20);
  expect(first.warnings).toEqual([]);
  expect(first.pixels.equals(box.pixels)).toBe(false);
  // Two equal images are two boxes.
  expect(first.pixels.equals(second.pixels)).toBe(false);
});

test('emoji are drawn in colour, including flags and families', async () => {
  const [face, flag, family, none] = [await draw('😀'), await draw('🇩🇪'), await draw('👨‍👩‍👧'), await draw('')];
  expect([face, flag, family].map(({ warnings }) => warnings)).toEqual([[], [], []]);
  expect([face.isColour, flag.isColour]).toEqual([true, true]);
  expect(family.pixels.equals(none.pixels)).toBe(false);
});

test('ticks are text, and emoji where the text asks for them', async () => {
  for (const sign of ['☑', '✔', '▶', '✔\ufe0e']) expect((await draw(sign)).isColour).toBe(false);
  for (const sign of ['☑\ufe0f', '✔\ufe0f']) expect((await draw(sign)).isColour).toBe(true);
});

test('a sign without a font costs its neighbours nothing', async () => {
  const [alone, beside] = [await draw('☑✔'), await draw(`☑✔${missing}`)];
  expect(beside.ink).toBeGreaterThan(alone.ink);
  expect(beside.warnings).toEqual([expect.stringContaining(missing)]);
});

test('letters in fonts of signs are those signs; unknown fonts of signs cause a warning', async () => {
  const draws = async (family: string, letters: string, signs: string) => {
    const [drawn, wanted] = [await draw(letters, `font-family:${family}`), await draw(signs, 'font-family:Unknown')];
    expect(drawn.ink).toBe(wanted.ink);
  };
  await draws('Wingdings', 'ü\uf0fco', '✓✓□');
  await draws('Symbol', 'a·', 'α•');
  await draws('Webdings', 'a', '✔');
  await draws("'Wingdings 2'", 'P\uf052', '🗸☑');
  await draws("'Wingdings 3'", 'pu', '▲▶');
  expect((await draw('<span style="font-family:Marlett">a</span>')).warnings).toEqual([
    expect.stringContaining('marlett'),
  ]);
});

test.each(Object.entries(symbolFonts))('the fonts here have each sign of %s', async (_name, signs) => {
  expect((await draw([...new Set(Object.values(signs))].join(' '))).warnings).toEqual([]);
});

test('bold text is bold, and common font families have substitutes', async () => {
  for (const text of ['Invoice', '请求书', '請求書', '청구서']) {
    expect((await draw(text, 'font-weight:bold')).ink).toBeGreaterThan((await draw(text)).ink);
  }
  const shapes = await Promise.all(
    ['Arial', 'Times New Roman', 'Courier New', 'Verdana'].map(name => draw('Rag', `font-family:'${name}'`)),
  );
  expect(new Set(shapes.map(({ pixels }) => pixels.toString('base64'))).size).toBe(4);
});

test('Han characters use the glyphs of their language', async () => {
  const shapes = await Promise.all(
    ['zh-CN', 'ja', 'ko', 'zh-TW'].map(lang => draw(`<span lang="${lang}">直骨</span>`)),
  );
  expect(new Set(shapes.map(({ pixels }) => pixels.toString('base64'))).size).toBeGreaterThan(1);
});

test('a character without a glyph causes a warning', async () => {
  const { warnings } = await draw(`a${missing}b`);
  expect(warnings).toEqual([expect.stringContaining(missing)]);
  expect(await uncoveredCharacters(`${missing}漢😀é\u{F8FF}\u200d`, fontPaths())).toEqual([missing]);
});
