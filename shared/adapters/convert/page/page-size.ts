import * as z from 'zod/mini';
import { paperByName, parseLength } from '../../../core/domain/paper-size.ts';
import { RenderError } from '../../web/render-error.ts';
import type { Cell } from '../browser/cell.ts';
import { orient, type Size } from '../paper-size.ts';
import { evaluateApart } from './isolated-world.ts';

/** `@page` rules of a document that say how large pages are [CSS Paged Media 3, 7.1]. */
export interface PageRule {
  /** the name of the pages, empty for all pages, with pseudo-classes: `wide`, `:first` */
  selector: string;
  /** as written: `4in 6in`, `A4 landscape` */
  size: string;
}

/** In place of a style sheet of another origin, which cannot be read and may have any rules. */
const unread: PageRule = { selector: '?', size: 'auto' };

/** The rules that count for `media`, in their order. */
export async function pageRules(
  cell: Pick<Cell, 'session' | 'frameId'>,
  media: 'print' | 'screen',
): Promise<PageRule[]> {
  const { data } = rulesRead.safeParse(await evaluateApart(cell, `(${readRules})(${JSON.stringify(media)})`));
  if (!data) throw new RenderError('crashed', 'The style sheets of the page could not be read.');
  return data;
}

const rulesRead = z.array(z.object({ selector: z.string(), size: z.string() }));

/** Runs in the page, as text: its types are the browser's. */
const readRules = `media => {
  const found = [];
  const counts = list => list.length === 0 || [...list].some(text => /^\\s*(only\\s+)?all\\b/i.test(text) || text.includes(media) || text.startsWith('('));
  const walk = sheet => {
    let rules;
    try { rules = sheet.cssRules; } catch { found.push(${JSON.stringify(unread)}); return; }
    for (const rule of rules) {
      if (found.length >= 100) return;
      if (rule.media && !counts(rule.media)) continue;
      if (rule instanceof CSSPageRule) {
        const size = rule.style.getPropertyValue('size');
        if (size) found.push({ selector: rule.selectorText.slice(0, 200), size: size.slice(0, 200) });
      } else if (rule instanceof CSSImportRule) {
        if (rule.styleSheet) walk(rule.styleSheet);
      } else if (rule.cssRules && !(rule instanceof CSSStyleRule)) walk(rule);
    }
  };
  for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) {
    if (!sheet.disabled && counts(sheet.media)) walk(sheet);
  }
  return found;
}`;

/** The size that all pages of a document have by its own style sheets; undefined when these leave it open. */
export function ownPageSize(rules: readonly PageRule[], fallback: Size): Size | undefined {
  const size = rules.findLast(({ selector }) => selector === '')?.size;
  return size === undefined ? undefined : sizeOf(size, fallback);
}

/** Selectors of the pages that lie on their side, on paper that is upright. */
export function turnedPages(rules: readonly PageRule[], paper: Size): string[] {
  if (paper.width >= paper.height) return [];
  const lies = ({ size }: PageRule) => {
    const own = sizeOf(size, paper);
    return own !== undefined && own.width > own.height;
  };
  const named = rules.filter(({ selector }) => /^[\w-]/.test(selector));
  return [...new Set(named.filter(lies).map(({ selector }) => selector))];
}

/** Millimetres, or undefined for `auto` and what cannot be read. */
function sizeOf(text: string, fallback: Size): Size | undefined {
  const words = text.trim().toLowerCase().split(/\s+/);
  const turned = words.find(word => word === 'landscape' || word === 'portrait') as
    | 'landscape'
    | 'portrait'
    | undefined;
  const rest = words.filter(word => word !== turned);
  if (rest.length === 0) return turned && orient(fallback, turned);
  const named = rest.length === 1 ? paperByName(rest[0]!.replace(/^jis-/, '')) : undefined;
  if (named) return orient(named, turned ?? 'portrait');
  const [width, height = width] = rest.map(word => parseLength(word, 'px'));
  if (!width || !height || rest.length > 2) return undefined;
  return { width, height };
}
