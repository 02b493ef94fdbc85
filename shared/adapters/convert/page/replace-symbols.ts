import { otherSymbolFonts, symbolFonts } from '../fonts/symbol-fonts.ts';

/** Runs in the page, as text: whether fonts of signs may be used. Few pages do, and the tables are long. */
export const namesSymbolFonts = `() => {
  const names = /wingdings|webdings|marlett|symbol/i;
  const isNamed = sheet => { try { return [...sheet.cssRules].some(rule => names.test(rule.cssText)); } catch { return true; } };
  const hasName = element => [...element.attributes].some(({ value }) => names.test(value));
  const styled = document.querySelectorAll('[style], [face], [font-family]');
  return [...styled].some(hasName) || [...document.styleSheets].some(isNamed);
}`;

/**
 * Runs in the page, as text: letters in fonts of signs become these signs. Returns the names of such fonts that are used
 * and not known. A page that brings the font along keeps its letters.
 */
export const replaceSymbols = `() => {
  const tables = ${JSON.stringify(symbolFonts)};
  const unknown = ${JSON.stringify(otherSymbolFonts)};
  const brought = new Set([...document.fonts].map(face => face.family.replace(/["']/g, '').toLowerCase()));
  const found = [];
  const missing = new Set();
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!text.parentElement || text.data.trim() === '') continue;
    const first = getComputedStyle(text.parentElement).fontFamily.split(',')[0] ?? '';
    const family = first.trim().replace(/["']/g, '').toLowerCase();
    if (brought.has(family)) continue;
    if (unknown.includes(family)) missing.add(family);
    const table = Object.hasOwn(tables, family) ? tables[family] : undefined;
    if (table) found.push([text, table]);
  }
  for (const [text, table] of found) text.data = [...text.data].map(sign => table[sign] ?? sign).join('');
  return [...missing];
}`;
