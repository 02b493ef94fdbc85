import { RenderError } from '../../web/render-error.ts';
import { formatDate, minutesWest } from './dotnet-date.ts';
import { fillEmptyElements } from './fill-empty-elements.ts';

/**
 * Headers and footers as Internet Explorer's page setup wrote them: a line of text with codes, in which `&b` parts
 * left, centre and right. They become HTML with empty spans for what changes from page to page, which the overlay
 * fills in: the same spans that the browser's own templates know (`pageNumber`, `totalPages`).
 */
export interface HeaderFooterValues {
  title: string;
  address: string;
  now: Date;
  locale?: string;
  /** .NET patterns for &d, &D and &t */
  shortDateFormat?: string;
  longDateFormat?: string;
  timeFormat?: string;
  /** as sent: see `minutesWest` */
  timezoneOffset?: number;
}

const pageNumberSpan = '<span class="pageNumber"></span>';
const totalPagesSpan = '<span class="totalPages"></span>';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, sign => escapes[sign] ?? sign);

/** The value of each code, as HTML. `&&` and `&b` are handled where the line is cut. */
function codeValues(values: HeaderFooterValues): Record<string, () => string> {
  const { locale = 'en-US', shortDateFormat, longDateFormat, timeFormat, timezoneOffset = 0 } = values;
  // a line may name a code thousands of times
  const written = new Map<string, string>();
  const write = (pattern: string) => {
    const text =
      written.get(pattern) ??
      escapeHtml(formatDate(values.now, pattern, { locale, minutesWest: minutesWest(timezoneOffset) }));
    written.set(pattern, text);
    return text;
  };
  return {
    w: () => escapeHtml(values.title),
    u: () => escapeHtml(values.address),
    d: () => write(shortDateFormat || 'd'),
    D: () => write(longDateFormat || 'D'),
    t: () => write(timeFormat || 't'),
    T: () => write('HH:mm'),
    p: () => pageNumberSpan,
    P: () => totalPagesSpan,
  };
}

/** Whether a line says "print nothing": empty, blank, or `%20` as older clients write it. */
export const isNoLine = (line: string | undefined) => line === undefined || line.replaceAll('%20', ' ').trim() === '';

/**
 * A line with codes as one row of three cells. Without `&b` all is left; text after the first `&b` is right-aligned
 * when it is the only one, else centred, and what follows the second is right-aligned. Unknown codes are left out.
 */
export function lineToHtml(line: string, values: HeaderFooterValues): string {
  const codes = codeValues(values);
  const cells: string[] = [''];
  for (const [piece, code] of line.matchAll(/&(.)?|[^&]+/gsu)) {
    const last = cells.length - 1;
    if (!piece.startsWith('&')) cells[last] += escapeHtml(piece);
    else if (code === '&') cells[last] += '&amp;';
    else if (code === 'b' && cells.length < 3) cells.push('');
    else if (code !== undefined) cells[last] += codes[code]?.() ?? '';
  }
  const [left = '', second = '', third = ''] = cells;
  const [centre, right] = cells.length === 2 ? ['', second] : [second, third];
  // Without a centre, either side takes the room that the other leaves; a centre is in the middle of the line.
  const columns = centre === '' ? 'auto auto' : '1fr 1fr 1fr';
  const cell = (align: string, html: string) => `<div style="text-align:${align}">${html}</div>`;
  const middle = centre === '' ? '' : cell('center', centre);
  const row = `display:grid;grid-template-columns:${columns};column-gap:3mm;overflow-wrap:anywhere`;
  return `<div style="${row}">${cell('left', left)}${middle}${cell('right', right)}</div>`;
}

/** A code in markup, but not the beginning of an entity or of a longer word: `&p of &P`, never `&para;` or `&times`. */
const codeInMarkup = /&(&|[wudDtTpP](?![A-Za-z0-9]))/g;

/** Elements that the browser's own header templates fill by their class, and the code of the same value here. */
const codeOfClass: Record<string, string> = { date: 'd', title: 'w', url: 'u' };

/** Embedded logos are long; a header of more than this is a mistake. */
const fragmentCharactersAtMost = 1024 * 1024;

/**
 * A customer's own HTML as header or footer, with the codes and the templates' classes filled in.
 * @throws RenderError `bad-request` for one that is too long
 */
export function fragmentToHtml(html: string, values: HeaderFooterValues): string {
  if (html.length > fragmentCharactersAtMost) {
    throw new RenderError('bad-request', `A header or footer may have at most ${fragmentCharactersAtMost} characters.`);
  }
  const codes = codeValues(values);
  const filled = html.replace(codeInMarkup, (_, code: string) => (code === '&' ? '&amp;' : (codes[code]?.() ?? '')));
  // most have no class of their own, and need not be parsed
  if (!/class/i.test(html)) return filled;
  return fillEmptyElements(filled, classes => {
    const name = classes.find(word => Object.hasOwn(codeOfClass, word));
    return name && codes[codeOfClass[name] as string]?.();
  });
}

const fontProperties = /^(font(-family|-size|-style|-weight|-variant|-stretch)?|line-height|letter-spacing|color)$/;
const plainValue = /^[\w\s.,'"#%+-]*(rgba?\([\d\s.,%]*\))?$/;

/** Declarations that set a font, and nothing that could place, fetch or break out. */
export function sanitizeFont(css: string): string {
  return css
    .split(';')
    .map(declaration => declaration.split(/:(.*)/s).map(half => half.trim()))
    .filter(([name = '', value = '']) => value && fontProperties.test(name.toLowerCase()) && plainValue.test(value))
    .map(([name, value]) => `${name}:${value}`)
    .join(';');
}
