import { describe, expect, test } from 'vitest';
import {
  fragmentToHtml,
  isNoLine,
  lineToHtml,
  sanitizeFont,
} from '../../../../shared/adapters/convert/page/header-footer.ts';

const values = {
  title: 'Bills & <more>',
  address: 'https://shop.example/a?b=1&c=2',
  now: new Date('2026-01-02T15:04:05Z'),
  locale: 'en-GB',
};
const page = '<span class="pageNumber"></span>';
const pages = '<span class="totalPages"></span>';

/** The cells' HTML with their alignment: `left:..|right:..`; empty ones are left out. */
const cells = (line: string) =>
  [...lineToHtml(line, values).matchAll(/text-align:(\w+)">(.*?)<\/div>/g)]
    .filter(([, , html]) => html !== '')
    .map(([, align, html]) => `${align}:${html}`)
    .join('|');

describe('every code', () => {
  test.each([
    ['&w', 'left:Bills &amp; &lt;more&gt;'],
    ['&u', 'left:https://shop.example/a?b=1&amp;c=2'],
    ['&d', 'left:02/01/2026'],
    ['&D', 'left:Friday, 2 January 2026'],
    ['&t', 'left:15:04'],
    ['&T', 'left:15:04'],
    ['&p', `left:${page}`],
    ['&P', `left:${pages}`],
    ['&&', 'left:&amp;'],
    ['Page &p of &P', `left:Page ${page} of ${pages}`],
    ['&&p', 'left:&amp;p'],
    ['&x5', 'left:5'],
    ['a&', 'left:a'],
    ['<b>1</b>', 'left:&lt;b&gt;1&lt;/b&gt;'],
  ])('%s', (line, expected) => {
    expect(cells(line)).toBe(expected);
  });

  test('uses the patterns and the time zone of the request', () => {
    const own = {
      ...values,
      shortDateFormat: 'yyyy.MM.dd',
      longDateFormat: 'MMMM',
      timeFormat: 'HH-mm',
      timezoneOffset: -120,
    };
    expect(lineToHtml('&d &D &t &T', own)).toContain('2026.01.02 January 17-04 17:04');
  });
});

describe('&b', () => {
  test.each([
    ['only left', 'left:only left'],
    ['left&bright', 'left:left|right:right'],
    ['&bright', 'right:right'],
    ['left&bcentre&bright', 'left:left|center:centre|right:right'],
    ['&bcentre&b', 'center:centre'],
    ['&D&b&b&p of &P', `left:Friday, 2 January 2026|right:${page} of ${pages}`],
    ['a&bb&bc&bd', 'left:a|center:b|right:cd'],
  ])('%s', (line, expected) => {
    expect(cells(line)).toBe(expected);
  });
});

test('lines that print nothing', () => {
  expect([undefined, '', ' ', '%20', '%20%20'].map(isNoLine)).toEqual([true, true, true, true, true]);
  expect(isNoLine('&p')).toBe(false);
});

describe('fragments', () => {
  test('fill codes and leave entities alone', () => {
    const html = '<b>&p of &P</b> &nbsp;&pound;5 &amp; &para; &times; &&';
    expect(fragmentToHtml(html, values)).toBe(`<b>${page} of ${pages}</b> &nbsp;&pound;5 &amp; &para; &times; &amp;`);
  });

  test("fill the spans of the browser's own templates", () => {
    const html = `<span class="title"></span><span style='color:red' class='date'></span><i class=url></i>`;
    expect(fragmentToHtml(html, values)).toBe(
      '<span class="title">Bills &amp; &lt;more&gt;</span>' +
        `<span style='color:red' class='date'>02/01/2026</span>` +
        '<i class=url>https://shop.example/a?b=1&amp;c=2</i>',
    );
  });
});

test('of the font only what sets a font is kept', () => {
  const css =
    'font-family: "My Font", serif; FONT-SIZE:9pt; color:rgb(1, 2, 3); position:fixed; background:url(http://x); font:url(x); color:red}body{; font-weight:bold';
  expect(sanitizeFont(css)).toBe('font-family:"My Font", serif;FONT-SIZE:9pt;color:rgb(1, 2, 3);font-weight:bold');
});
