import { describe, expect, test } from 'vitest';
import { isMarkup, textOfOctets } from '../../../../shared/adapters/convert/kinds/text-of-octets.ts';

const latin = (text: string) => Buffer.from(text, 'latin1');

describe('text', () => {
  test.each([
    ['UTF-8', Buffer.from('Größe „5 €“'), 'Größe „5 €“'],
    ['windows-1252', latin('Gr\xf6\xdfe \x845 \x80\x93'), 'Größe „5 €“'],
    ['UTF-16 with its mark', Buffer.from('\ufeffGröße', 'utf16le'), 'Größe'],
    ['UTF-8 with its mark', Buffer.from('\ufeffGröße'), 'Größe'],
    ['HTML that names its charset', latin('<meta charset="iso-8859-2"><p>\xb1'), '<meta charset="iso-8859-2"><p>ą'],
    [
      'HTML that names none, or one that does not exist',
      latin('<meta charset=klingon><p>\xf6'),
      '<meta charset=klingon><p>ö',
    ],
    [
      'HTML of the old kind',
      latin('<meta http-equiv=Content-Type content="text/html; charset=koi8-r"><p>\xc1'),
      '<meta http-equiv=Content-Type content="text/html; charset=koi8-r"><p>а',
    ],
    [
      'XHTML',
      latin('<?xml version="1.0" encoding="windows-1251"?><html>\xc0'),
      '<?xml version="1.0" encoding="windows-1251"?><html>А',
    ],
    [
      'HTML with another charset in a comment',
      latin('<!-- <meta charset=koi8-r> --><meta charset=iso-8859-2><p>\xb1'),
      '<!-- <meta charset=koi8-r> --><meta charset=iso-8859-2><p>ą',
    ],
    ['plain text that speaks of a charset', Buffer.from('charset="koi8-r" ö'), 'charset="koi8-r" ö'],
  ])('%s', (_, bytes, text) => {
    expect(textOfOctets(bytes)).toBe(text);
  });
});

describe('markup', () => {
  test.each([
    '<!DOCTYPE html><p>x',
    '  <HTML>',
    '<p>x',
    '<br/>',
    '<table><tr>',
    '<style>b{}</style>',
    '<!-- a --> <!-- b -->\n<div class="c">',
    '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "a"><html>',
    '\ufeff<body>',
  ])('is %j', text => {
    expect(isMarkup(text)).toBe(true);
  });

  test.each([
    'plain',
    '<order><id>1</id></order>',
    '<',
    '1 < 2',
    '<pp>',
    '<!-- only a comment -->',
    '',
    'see <b>here</b>',
  ])('is not %j', text => {
    expect(isMarkup(text)).toBe(false);
  });

  test('is looked for in linear time', () => {
    const start = performance.now();
    expect(isMarkup('<!---->'.repeat(200_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
