import type { PDFPage } from '@cantoo/pdf-lib';
import type { Size } from '../paper-size.ts';
import { openForChange, saveOptions } from './pdf-writer.ts';
import { type Box, seenPart } from './seen-part.ts';

/** How pages of another size come onto the paper; `shrink` leaves smaller ones as they are. */
export interface FitOptions {
  /** upright or lying: pages are turned to lie as it does when `rotateAndCentre` is set */
  paper: Size;
  scaling: 'none' | 'fit' | 'shrink';
  rotateAndCentre: boolean;
  password?: string;
}

const pointsPerMm = 72 / 25.4;

/**
 * Puts every page onto the paper. Pages are changed in place, by a matrix before their content, so that annotations
 * and form fields stay. A page is turned by its Rotate entry, clockwise [PDF 32000-1 7.7.3.3].
 * @throws RenderError `encrypted-pdf`, `bad-pdf`
 */
export async function fitPdf(pdf: Uint8Array, options: FitOptions): Promise<Uint8Array> {
  const document = await openForChange(pdf, options.password);
  for (const page of document.getPages()) await fitPage(page, options);
  return document.save(saveOptions);
}

async function fitPage(page: PDFPage, { paper, scaling, rotateAndCentre }: FitOptions): Promise<void> {
  const { degrees, PDFName } = await import('@cantoo/pdf-lib');
  const { box, unit } = await seenPart(page);
  const turned = (((page.getRotation().angle % 360) + 360) % 360) as 0 | 90 | 180 | 270;
  const seen = turned % 180 === 0 ? box : { width: box.height, height: box.width };
  const lies = (size: { width: number; height: number }) => size.width > size.height;
  const turnMore = rotateAndCentre && seen.width !== seen.height && lies(seen) !== lies(paper);
  const turn = ((turned + (turnMore ? 90 : 0)) % 360) as 0 | 90 | 180 | 270;

  // The paper in the page's own coordinates, which Rotate turns afterwards.
  const upright = { width: paper.width * pointsPerMm, height: paper.height * pointsPerMm };
  const sheet = turn % 180 === 0 ? upright : { width: upright.height, height: upright.width };
  const fitting = Math.min(sheet.width / box.width, sheet.height / box.height);
  const scale = { none: unit, fit: fitting, shrink: Math.min(unit, fitting) }[scaling];
  const spare = { x: sheet.width - box.width * scale, y: sheet.height - box.height * scale };
  const share = rotateAndCentre ? { x: 0.5, y: 0.5 } : topLeft[turn];
  const shift = { x: spare.x * share.x - box.x * scale, y: spare.y * share.y - box.y * scale };

  await transform(page, box, scale, shift);
  // the sheet is in points, which printers that know no other unit take too
  page.node.delete(PDFName.of('UserUnit'));
  page.setRotation(degrees(turn));
  for (const set of ['setMediaBox', 'setCropBox', 'setBleedBox', 'setTrimBox', 'setArtBox'] as const) {
    page[set](0, 0, sheet.width, sheet.height);
  }
}

/** Where the corner that is seen at the top left lies before the turn, as a share of the spare room. */
const topLeft = { 0: { x: 0, y: 1 }, 90: { x: 0, y: 0 }, 180: { x: 1, y: 0 }, 270: { x: 1, y: 1 } } as const;

async function transform(page: PDFPage, box: Box, scale: number, shift: { x: number; y: number }): Promise<void> {
  const lib = await import('@cantoo/pdf-lib');
  const { context } = page.doc;
  const start = [
    lib.pushGraphicsState(),
    lib.concatTransformationMatrix(scale, 0, 0, scale, shift.x, shift.y),
    // What the crop box hid must not come into view on larger paper.
    lib.rectangle(box.x, box.y, box.width, box.height),
    lib.clip(),
    lib.endPath(),
  ];
  page.node.normalize();
  const streams = [start, [lib.popGraphicsState()]].map(operators =>
    context.register(context.contentStream(operators)),
  );
  page.node.wrapContentStreams(streams[0]!, streams[1]!);

  const annotations = page.node.Annots();
  for (let index = 0; index < (annotations?.size() ?? 0); index++) {
    const annotation = annotations?.lookupMaybe(index, lib.PDFDict);
    const corners = annotation?.lookupMaybe(lib.PDFName.of('Rect'), lib.PDFArray)?.asRectangle();
    if (!annotation || !corners) continue;
    const [x, y] = [corners.x * scale + shift.x, corners.y * scale + shift.y];
    const moved = [x, y, x + corners.width * scale, y + corners.height * scale];
    annotation.set(lib.PDFName.of('Rect'), context.obj(moved));
  }
}
