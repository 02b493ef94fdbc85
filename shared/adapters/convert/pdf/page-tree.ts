import type { PDFDocument, PDFObject } from '@cantoo/pdf-lib';
import { RenderError } from '../../web/render-error.ts';

/** Of a document; more would keep a library busy for minutes. */
export const pagesAtMost = 10_000;

/**
 * Walks the page tree without recursion and stops at a node that comes twice: a tree of 30 nodes, each of which names the
 * next one twice, has a thousand million pages [ISO 32000-1 7.7.3].
 * @throws RenderError `bad-pdf`, `too-many-pages`
 */
export async function checkPageTree({ catalog, context }: PDFDocument): Promise<void> {
  const { PDFArray, PDFDict, PDFName, PDFRef } = await import('@cantoo/pdf-lib');
  const kidsName = PDFName.of('Kids');
  const seen = new Set<string>();
  const toVisit: (PDFObject | undefined)[] = [catalog.get(PDFName.of('Pages'))];
  let pages = 0;
  while (toVisit.length > 0) {
    const entry = toVisit.pop();
    const node = context.lookup(entry);
    const kids = node instanceof PDFDict ? node.lookup(kidsName) : undefined;
    if (!(kids instanceof PDFArray)) pages += 1;
    else {
      const name = entry instanceof PDFRef ? entry.toString() : '';
      if (seen.has(name)) throw new RenderError('bad-pdf', 'The PDF is damaged: its page tree repeats itself.');
      if (name) seen.add(name);
      toVisit.push(...kids.asArray());
    }
    if (pages + toVisit.length > pagesAtMost) {
      throw new RenderError('too-many-pages', `The document has more than ${pagesAtMost} pages.`);
    }
  }
}
