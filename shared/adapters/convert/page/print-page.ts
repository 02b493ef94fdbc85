import type { Page } from 'puppeteer-core';
import { RenderError } from '../../web/render-error.ts';
import type { Size } from '../paper-size.ts';

export interface PrintSettings {
  paper: Size;
  backgrounds: boolean;
  /** 1 is life size; the browser takes 0.1 to 2 */
  scale: number;
  transparent?: boolean;
  /** pages have the sizes that style sheets give them; else all are as large as the paper */
  mixesSizes?: boolean;
  /** with structure tags and bookmarks of headings */
  tagged?: boolean;
}

/** PDFs of pages are held in memory on their way; nothing printable is larger. */
const maxPdfOctets = 512 * 1024 * 1024;

/**
 * Prints what the page shows now. Margins come from its style sheets. Without tags unless they are
 * asked for: they are nine tenths of a table's PDF, and double its time.
 * @throws RenderError `too-large`
 */
export async function printPage(page: Page, settings: PrintSettings): Promise<Uint8Array> {
  const stream = await page.createPDFStream({
    // Inches are what the protocol takes; its own reading of mm is off by a pixel.
    width: `${settings.paper.width / 25.4}in`,
    height: `${settings.paper.height / 25.4}in`,
    preferCSSPageSize: settings.mixesSizes ?? false,
    printBackground: settings.backgrounds,
    scale: settings.scale,
    omitBackground: settings.transparent ?? false,
    tagged: settings.tagged ?? false,
    outline: settings.tagged ?? false,
    timeout: 0,
  });
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) {
    octets += piece.length;
    if (octets > maxPdfOctets) throw new RenderError('too-large', 'The PDF would be larger than 512 MiB.');
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
