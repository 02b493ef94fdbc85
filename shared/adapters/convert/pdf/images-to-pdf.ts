import { deflateSync } from 'node:zlib';
import type { PDFDocument, PDFRef } from '@cantoo/pdf-lib';
import type { Metadata, Sharp } from 'sharp';
import { RenderError } from '../../web/render-error.ts';
import { type Margins, orient, type Size } from '../paper-size.ts';
import { saveOptions } from './pdf-writer.ts';

export interface ImagePages {
  /** each page is as large as its image when left out; else it lies as the image does, unless told */
  paper?: Size;
  orientation?: 'portrait' | 'landscape';
  margins?: Margins;
}

/** A bomb of a picture is small as a file: 30,000 by 30,000 pixels are 2.7 GB unpacked. */
const maxSide = 30_000;
const maxPixels = 200_000_000;
const maxTiffPages = 1_000;
const formats = ['png', 'jpeg', 'webp', 'gif', 'tiff'];
/** Screens' pixels, for images that do not say how large they are. */
const defaultDpi = 96;
const mmPerInch = 25.4;
const pointsPerMm = 72 / mmPerInch;

/**
 * PNG, JPEG, WebP, GIF and TIFF images, one on each page and every page of a TIFF, fitted between the margins.
 * @throws RenderError `bad-image`, `too-large`
 */
export async function imagesToPdf(images: Uint8Array[], options: ImagePages = {}): Promise<Uint8Array> {
  const [{ default: sharp }, { PDFDocument }] = await Promise.all([import('sharp'), import('@cantoo/pdf-lib')]);
  const document = await PDFDocument.create();
  for (const image of images) {
    const open = (page: number) => sharp(image, { page, limitInputPixels: maxPixels, failOn: 'error' });
    const metadata = await readMetadata(open(0));
    const count = metadata.format === 'tiff' ? (metadata.pages ?? 1) : 1;
    if (count > maxTiffPages) throw new RenderError('too-large', `An image has more than ${maxTiffPages} pages.`);
    for (let page = 0; page < count; page++) await addImage(document, image, open(page), options);
  }
  return document.save(saveOptions);
}

async function readMetadata(picture: Sharp): Promise<Metadata> {
  const metadata = await picture.metadata().catch(cause => {
    const tooLarge = /pixel limit/i.test(String(cause));
    if (tooLarge) throw new RenderError('too-large', 'The image has too many pixels.', { cause });
    throw new RenderError('bad-image', 'The image is damaged or of an unknown kind.', { cause });
  });
  const { width = 0, height = 0, format = '' } = metadata;
  if (!formats.includes(format)) {
    throw new RenderError('bad-image', `Images may be ${formats.join(', ')}; this one is ${format || 'unknown'}.`);
  }
  if (Math.max(width, height) >= maxSide || width * height > maxPixels) {
    throw new RenderError('too-large', `The image is too large: ${width} by ${height} pixels.`);
  }
  return metadata;
}

async function addImage(document: PDFDocument, bytes: Uint8Array, picture: Sharp, options: ImagePages): Promise<void> {
  const metadata = await readMetadata(picture);
  // Cameras turn the picture by a mark, 5 to 8 being on its side.
  const onSide = (metadata.orientation ?? 1) >= 5;
  const [across, down] = onSide ? [metadata.height, metadata.width] : [metadata.width, metadata.height];
  const size = { width: across ?? 1, height: down ?? 1 };
  const reference = isPlainJpeg(metadata)
    ? embedJpeg(document, bytes, metadata)
    : await embedPixels(document, picture, size);

  const { left = 0, right = 0, top = 0, bottom = 0 } = options.margins ?? {};
  const natural = naturalSize(size, metadata.density);
  const lies = options.orientation ?? (size.width > size.height ? 'landscape' : 'portrait');
  const paper = options.paper
    ? orient(options.paper, lies)
    : { width: natural.width + left + right, height: natural.height + top + bottom };
  const room = { width: paper.width - left - right, height: paper.height - top - bottom };
  const scale = Math.min(room.width / natural.width, room.height / natural.height);
  const width = natural.width * scale;
  const height = natural.height * scale;
  const x = left + (room.width - width) / 2;
  const y = bottom + (room.height - height) / 2;

  const { drawObject, pushGraphicsState, popGraphicsState, concatTransformationMatrix } = await import(
    '@cantoo/pdf-lib'
  );
  const page = document.addPage([paper.width * pointsPerMm, paper.height * pointsPerMm]);
  const name = page.node.newXObject('Image', reference);
  const [a, d, e, f] = [width, height, x, y].map(length => length * pointsPerMm) as [number, number, number, number];
  page.pushOperators(
    pushGraphicsState(),
    concatTransformationMatrix(a, 0, 0, d, e, f),
    drawObject(name),
    popGraphicsState(),
  );
}

/** Millimetres. The largest page that PDF readers take is 5,080 [PDF 32000-1 C.2: 14,400 units]. */
function naturalSize(size: Size, density: number | undefined): Size {
  const dpi = density && density > 1 ? density : defaultDpi;
  const longest = Math.max(size.width, size.height);
  const perPixel = Math.min(mmPerInch / dpi, 5080 / longest);
  return { width: size.width * perPixel, height: size.height * perPixel };
}

/** PDF holds JPEG as it is; turned ones, CMYK with its inverted values and exotic depths go through pixels. */
const isPlainJpeg = ({ format, orientation = 1, channels, space, depth }: Metadata) =>
  format === 'jpeg' &&
  orientation === 1 &&
  depth === 'uchar' &&
  (channels === 1 || (channels === 3 && space === 'srgb'));

const imageEntries = (size: Size, channels: number) => ({
  Type: 'XObject',
  Subtype: 'Image',
  Width: size.width,
  Height: size.height,
  ColorSpace: channels === 1 ? 'DeviceGray' : 'DeviceRGB',
  BitsPerComponent: 8,
});

function embedJpeg({ context }: PDFDocument, bytes: Uint8Array, metadata: Metadata): PDFRef {
  const entries = imageEntries({ width: metadata.width ?? 1, height: metadata.height ?? 1 }, metadata.channels ?? 3);
  return context.register(context.stream(bytes, { ...entries, Filter: 'DCTDecode' }));
}

/** Without loss, on white paper: printers know no transparency. */
async function embedPixels({ context }: PDFDocument, picture: Sharp, size: Size): Promise<PDFRef> {
  const pixels = await picture
    .rotate()
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(cause => Promise.reject(new RenderError('bad-image', 'The image is damaged.', { cause })));
  const entries = imageEntries(size, pixels.info.channels);
  return context.register(context.stream(deflateSync(pixels.data), { ...entries, Filter: 'FlateDecode' }));
}
