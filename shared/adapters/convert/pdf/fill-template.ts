import { RenderError } from '../../web/render-error.ts';

/**
 * Markup with Mustache's marks, filled in: `{{name}}` escaped for HTML, `{{{name}}}` as it is [mustache(5)].
 * @throws RenderError `bad-template` for marks that do not match
 */
export async function fillTemplate(html: string, data: unknown): Promise<string> {
  const { default: mustache } = await import('mustache');
  try {
    return mustache.render(html, data, {}, { escape: escapeHtml });
  } catch (cause) {
    throw new RenderError('bad-template', `The template cannot be read: ${(cause as Error).message}`, { cause });
  }
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Mustache's own escapes `/`, `=` and backticks too, which breaks addresses in attributes without need. */
const escapeHtml = (value: unknown) => String(value).replace(/[&<>"']/g, sign => escapes[sign] as string);
