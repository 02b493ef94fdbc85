import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { makeDocument } from '../relay/documents/make-document.ts';
import type { RasterTarget } from '../relay/documents/making.ts';
import { openBrowserPool } from '../shared/adapters/convert/browser/browser.ts';
import { renderPdf } from '../shared/adapters/convert/page/html-to-pdf.ts';

/*
 * A PDF as PWG raster at 300 dots an inch, by the relay and by Ghostscript's device `pwgraster`: for pictures and times
 * that are compared.
 */

const resolution = 300;
const [sgray, srgb] = [18, 19];

export async function pdfOfHtml(html: string): Promise<Uint8Array> {
  const pool = await openBrowserPool();
  try {
    const request = { backgrounds: true, media: 'print', fullLoad: true, scripts: true, deadlineMs: 120_000 } as const;
    const paper = { width: 210, height: 297 };
    return (await renderPdf(pool, { ...request, content: { kind: 'html', html }, paper })).pdf;
  } finally {
    await pool.close();
  }
}

export const rasterTarget = (isColor: boolean): RasterTarget => ({
  format: 'image/pwg-raster',
  resolution,
  isColor,
  sides: 'one-sided',
  sheetBack: 'normal',
});

/** Answers the path of the raster. */
export async function relayRaster(pdf: string, isColor: boolean): Promise<string> {
  const [path = ''] = await makeDocument({ raster: rasterTarget(isColor) }, pdf, new AbortController().signal);
  return path;
}

/** Answers the path of the raster. Edges are smoothed with 4 bits, and not at all with 1. */
export async function ghostscriptRaster(pdf: string, isColor: boolean, smoothBits: 1 | 4): Promise<string> {
  const path = `${pdf}.gs.pwg`;
  const space = [`-dcupsColorSpace=${isColor ? srgb : sgray}`, '-dcupsBitsPerColor=8'];
  const smooth = [`-dTextAlphaBits=${smoothBits}`, `-dGraphicsAlphaBits=${smoothBits}`];
  const options = ['-q', '-dSAFER', '-dBATCH', '-dNOPAUSE', '-sDEVICE=pwgraster', `-r${resolution}`];
  await promisify(execFile)('gs', [...options, ...space, ...smooth, `-sOutputFile=${path}`, pdf]);
  return path;
}
