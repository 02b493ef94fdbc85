import type * as z from 'zod';
import type { Conversion } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';
import type { JobTemplate } from '../../core/domain/job-template.ts';
import { mediaSize } from '../../core/domain/media.ts';
import type { jobSubmission } from './schemas.ts';

type Document = z.output<typeof jobSubmission>['document'];

/** The document that has to be fetched or rendered, and its name when the client gives none; undefined for any other. */
export function conversionOf(
  document: Document,
  template: JobTemplate,
): { conversion: Conversion; name: string } | undefined {
  const { url, html, pageUrl, baseUrl, templateData, tagged } = document;
  if (url)
    return {
      conversion: { kind: 'fetch', document: { kind: 'url', url: httpAddress(url, 'document.url') } },
      name: nameIn(url),
    };
  if (!html && !pageUrl) return undefined;
  const content = html
    ? {
        kind: 'html' as const,
        html,
        baseUrl: baseUrl && httpAddress(baseUrl, 'document.baseUrl'),
        template: templateData,
      }
    : { kind: 'url' as const, url: httpAddress(pageUrl as string, 'document.pageUrl') };
  const conversion: Conversion = {
    kind: 'page',
    content,
    paper: mediaSize(template.media ?? ''),
    backgrounds: true,
    media: 'print',
    fullLoad: true,
    scripts: true,
    tagged,
  };
  return { conversion, name: html ? 'page.pdf' : nameIn(pageUrl as string) };
}

export function httpAddress(text: string, member: string): string {
  const url = URL.parse(text.trim());
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href;
  const shown = JSON.stringify(text.slice(0, 200));
  throw new PrintError('bad-address', `"${member}" must be an http or https address, not ${shown}.`);
}

const nameIn = (text: string) => URL.parse(text)?.pathname.split('/').at(-1) || URL.parse(text)?.hostname || 'document';
