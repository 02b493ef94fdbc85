import { expect, test } from 'vitest';
import { symbolFonts } from '../../../../shared/adapters/convert/fonts/symbol-fonts.ts';

test.each([
  ['wingdings', 'ü', '✓'],
  ['wingdings', '\uf0fc', '✓'],
  ['wingdings', 'þ', '☑'],
  ['wingdings', 'o', '□'],
  ['wingdings', 'l', '●'],
  ['wingdings', '§', '▪'],
  ['wingdings', 'Ÿ', '•'],
  ['wingdings', 'v', '❖'],
  ['wingdings', 'Ø', '➢'],
  ['wingdings', 'à', '→'],
  ['symbol', '·', '•'],
  ['symbol', '\uf0b7', '•'],
  ['symbol', 'a', 'α'],
  ['symbol', 'W', 'Ω'],
  ['symbol', '®', '→'],
  ['symbol', 'Þ', '⇒'],
  ['symbol', 'å', '∑'],
])('%s: %s is %s', (font, letter, sign) => {
  expect(symbolFonts[font]?.[letter]).toBe(sign);
});
