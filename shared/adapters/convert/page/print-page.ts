import type { CDPSession } from 'puppeteer-core';
import { RenderError } from '../../web/render-error.ts';
import type { Size } from '../paper-size.ts';

export interface PrintSettings {
  paper: Size;
  backgrounds: boolean;
  /** 1 is life size; the browser takes 0.1 to 2 */
  scale: number;
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
export async function printPage(session: CDPSession, settings: PrintSettings): Promise<Uint8Array> {
  const { paper, backgrounds, scale, mixesSizes = false, tagged = false } = settings;
  const { stream } = await session.send('Page.printToPDF', {
    transferMode: 'ReturnAsStream',
    paperWidth: paper.width / 25.4,
    paperHeight: paper.height / 25.4,
    marginTop: 0,
    marginBottom: 0,
    marginLeft: 0,
    marginRight: 0,
    preferCSSPageSize: mixesSizes,
    printBackground: backgrounds,
    scale,
    generateTaggedPDF: tagged,
    generateDocumentOutline: tagged,
  });
  return await readStream(session, stream as string);
}

/** The end is known only from a read after the last octet: one more is always under way. */
async function readStream(session: CDPSession, handle: string): Promise<Uint8Array> {
  const read = () => session.send('IO.read', { handle });
  const pieces: Buffer[] = [];
  let octets = 0;
  let next = read();
  for (;;) {
    const [current, after] = [next, read()];
    // the browser may end meanwhile, and one error is enough
    after.catch(() => {});
    const { data, base64Encoded, eof } = await current;
    pieces.push(Buffer.from(data, base64Encoded ? 'base64' : 'latin1'));
    octets += pieces.at(-1)!.length;
    if (octets > maxPdfOctets) throw new RenderError('too-large', 'The PDF would be larger than 512 MiB.');
    if (eof) break;
    next = after;
  }
  session.send('IO.close', { handle }).catch(() => {});
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
