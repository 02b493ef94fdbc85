import { RenderError } from '../../web/render-error.ts';

/** What is printed: a page by its address, or markup of the page at `baseUrl`. */
export type PageContent =
  | { kind: 'url'; url: string }
  /** a whole document, though it may lack doctype, head and base */
  | { kind: 'html'; html: string; baseUrl?: string }
  /** a document without its html element, or with it and without a doctype: what clients take out of a live page */
  | { kind: 'innerHtml'; html: string; baseUrl?: string };

const beforeDoctype = /^\uFEFF?(?:\s|<!--[\s\S]*?-->)*/;

/** Markup as a document in standards mode: quirks would change heights, tables and the page breaks with them. */
export function toDocument(content: { html: string }): string {
  const start = beforeDoctype.exec(content.html)?.[0].length ?? 0;
  const hasDoctype = /^<!doctype\s+html/i.test(content.html.slice(start, start + 40));
  return hasDoctype ? content.html : `<!DOCTYPE html>\n${content.html}`;
}

/**
 * The address of the page that the markup is. Printed under its own address a page has its relative links, fonts of its own
 * origin and cookies. Addresses such as `file:` of a customer's disk mean nothing here and are left out.
 */
export function documentAddress(baseUrl: string | undefined): URL | undefined {
  const url = URL.parse(baseUrl ?? '');
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

const [madeUpHost, madeUpLocalHost] = ['document.invalid', 'document.localhost'];
const fetchesByHttp = /\b(?:src|href|data|action)\s*=\s*["']?\s*http:|url\(\s*["']?\s*http:|@import\s+["']\s*http:/i;

/**
 * The address of markup that has none: https, so that everything works that works in an ordinary page. A browser blocks
 * styles and scripts that an https page has by http; markup with such addresses gets the other origin that browsers
 * trust. Neither name exists [RFC 6761].
 */
export const madeUpAddress = (html: string) =>
  new URL(fetchesByHttp.test(html) ? `http://${madeUpLocalHost}/` : `https://${madeUpHost}/`);

const scripted = /<script|\bon\w+\s*=|javascript:|<iframe|<object|<embed/i;
const relative =
  /\b(?:src|srcset|href|data|background|poster)\s*=\s*["']?(?!\s*(?:["']|data:|https?:|\/\/|#|mailto:|tel:|cid:|about:|blob:))|url\(["']?(?!\s*(?:data:|https?:|\/\/|#))|@import/i;

/** Whether anything in markup could run. */
export const mayRunScripts = (html: string): boolean => scripted.test(html);

/** Whether markup is any different with an address: a page that has one costs a renderer of its own. */
export const needsAddress = (html: string): boolean => mayRunScripts(html) || relative.test(html);

const moves =
  /anim|transition|@keyframes|@font-face|@import|<link|<frame|<set\b|<marquee|<video|\blazy\b|\brefresh\b|content-visibility/i;

/** Whether anything in markup moves, waits to be seen, or leads to a page that may. */
export const mayMove = (html: string): boolean => moves.test(html) || mayRunScripts(html);

/** Whether the style sheets of markup may say how large its pages are. */
export const mayHavePageRules = (html: string): boolean => /@page|@import|<link/i.test(html) || mayRunScripts(html);

export function isMadeUp(url: string): boolean {
  const host = URL.parse(url)?.hostname;
  return host === madeUpHost || host === madeUpLocalHost;
}

/** @throws RenderError `bad-request` for empty markup */
export function checkMarkup(html: string): void {
  if (html.trim() === '') throw new RenderError('bad-request', 'The content is empty.');
}
