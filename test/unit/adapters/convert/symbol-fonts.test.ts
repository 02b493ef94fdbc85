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
  ['webdings', 'a', '✔'],
  ['webdings', '\uf0cf', '🔒'],
  ['webdings', 'Ï', '🔒'],
  ['wingdings 2', 'P', '🗸'],
  ['wingdings 2', 'R', '☑'],
  ['wingdings 2', '£', '□'],
  ['wingdings 3', 'p', '▲'],
  ['wingdings 3', '\uf075', '▶'],
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
