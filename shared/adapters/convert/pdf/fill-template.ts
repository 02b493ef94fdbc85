import { RenderError } from '../../web/render-error.ts';

/**
 * Markup with Mustache's marks, filled in: `{{name}}` escaped for HTML, `{{{name}}}` as it is [mustache(5)]. Only what
 * the data itself holds can be named: what JavaScript's own objects inherit, functions above all, is out of reach.
 * @throws RenderError `bad-template` for marks that do not match
 */
export async function fillTemplate(html: string, data: unknown): Promise<string> {
  const { default: mustache } = await import('mustache');
  class Writer extends mustache.Writer {
    override unescapedValue(token: string[], context: { lookup(name: string): unknown }): string {
      return textOf(context.lookup(token[1] as string));
    }
  }
  try {
    return new Writer().render(html, withoutPrototypes(data), {}, { escape: escapeHtml });
  } catch (cause) {
    throw new RenderError('bad-template', `The template is not valid: ${(cause as Error).message}`, { cause });
  }
}

/** A copy of what JSON can hold, in which nothing is inherited. */
function withoutPrototypes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.setPrototypeOf(value.map(withoutPrototypes), null);
  const copy = Object.create(null);
  for (const [name, inner] of Object.entries(value)) copy[name] = withoutPrototypes(inner);
  return copy;
}

/** As `String` writes what JSON can hold; values without a prototype have no way of their own. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return Array.from(value, textOf).join(',');
  return typeof value === 'object' ? '[object Object]' : String(value);
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Mustache's own escapes `/`, `=` and backticks too, which breaks addresses in attributes without need. */
const escapeHtml = (value: unknown) => textOf(value).replace(/[&<>"']/g, sign => escapes[sign] as string);
