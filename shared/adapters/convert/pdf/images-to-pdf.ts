import { deflateSync } from 'node:zlib';
import type { PDFDocument, PDFRef } from '@cantoo/pdf-lib';
import type { Metadata, Sharp } from 'sharp';
import { RenderError } from '../../web/render-error.ts';
import { type Margins, orient, type Size } from '../paper-size.ts';
import { type Resolution, resolutionOf } from './image-resolution.ts';
import { saveOptions } from './pdf-writer.ts';

export interface ImagePages {
  /** if omitted, each page has the size of its image; else the orientation of the image, unless that is given */
  paper?: Size;
  orientation?: 'portrait' | 'landscape';
  margins?: Margins;
}

/** A bomb of a picture is small as a file: 30,000 by 30,000 pixels are 2.7 GB unpacked. */
const maxSide = 30_000;
const maxPixels = 200_000_000;
const maxTiffPages = 1_000;
const formats = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'];
const mmPerInch = 25.4;
const pointsPerMm = 72 / mmPerInch;

/**
 * PNG, JPEG, WebP, GIF, TIFF and AVIF images, one on each page and every page of a TIFF, fitted between the margins.
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
    for (let page = 0; page < count; page++) await addImage(document, { image, page }, open(page), options);
  }
  return document.save(saveOptions);
}

async function readMetadata(picture: Sharp): Promise<Metadata> {
  const metadata = await picture.metadata().catch(cause => {
    const tooLarge = /pixel limit/i.test(String(cause));
    if (tooLarge) throw new RenderError('too-large', 'The image has too many pixels.', { cause });
    throw new RenderError('bad-image', 'The image is damaged or of an unknown kind.', { cause });
  });
  const { width = 0, height = 0 } = metadata;
  const format = formatOf(metadata);
  if (!formats.includes(format)) {
    throw new RenderError('bad-image', `Images may be ${formats.join(', ')}; this one is ${format || 'unknown'}.`);
  }
  if (Math.max(width, height) >= maxSide || width * height > maxPixels) {
    throw new RenderError('too-large', `The image is too large: ${width} by ${height} pixels.`);
  }
  return metadata;
}

/** HEIF is a frame for several encodings; of these only AVIF is read here. */
const formatOf = ({ format, compression }: Metadata): string =>
  format === 'heif' ? (compression === 'av1' ? 'avif' : 'heic') : (format ?? '');

async function addImage(
  document: PDFDocument,
  { image, page: number }: { image: Uint8Array; page: number },
  picture: Sharp,
  options: ImagePages,
): Promise<void> {
  const metadata = await readMetadata(picture);
  // Cameras turn the picture by a mark, 5 to 8 being on its side.
  const onSide = (metadata.orientation ?? 1) >= 5;
  const [across, down] = onSide ? [metadata.height, metadata.width] : [metadata.width, metadata.height];
  const size = { width: across ?? 1, height: down ?? 1 };
  const reference = isPlainJpeg(metadata)
    ? await embedJpeg(document, image, picture, metadata)
    : await embedPixels(document, picture, size);

  const { left = 0, right = 0, top = 0, bottom = 0 } = options.margins ?? {};
  const { x: dotsX, y: dotsY } = resolutionOf(image, metadata, number);
  const natural = naturalSize(size, onSide ? { x: dotsY, y: dotsX } : { x: dotsX, y: dotsY });
  const lies = options.orientation ?? (natural.width > natural.height ? 'landscape' : 'portrait');
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
function naturalSize(size: Size, dots: Resolution): Size {
  const [width, height] = [(size.width / dots.x) * mmPerInch, (size.height / dots.y) * mmPerInch];
  const scale = Math.min(1, 5080 / Math.max(width, height));
  return { width: width * scale, height: height * scale };
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

async function embedJpeg(
  { context }: PDFDocument,
  bytes: Uint8Array,
  picture: Sharp,
  metadata: Metadata,
): Promise<PDFRef> {
  await checkIsWhole(picture);
  const { width = 1, height = 1, channels = 3, icc } = metadata;
  const entries = { ...imageEntries({ width, height }, channels), Filter: 'DCTDecode' };
  if (!icc || !isProfileFor(icc, channels)) return context.register(context.stream(bytes, entries));
  const profile = context.register(context.flateStream(icc, { N: channels }));
  return context.register(context.stream(bytes, { ...entries, ColorSpace: ['ICCBased', profile] }));
}

/** A JPEG that was cut off has no error but an empty lower part, unless it is read to its end. */
async function checkIsWhole(picture: Sharp): Promise<void> {
  await picture
    .clone()
    .resize(16)
    .raw()
    .toBuffer()
    .catch(cause => Promise.reject(damaged(cause)));
}

const damaged = (cause: unknown) => new RenderError('bad-image', 'The image is damaged.', { cause });

/** Signature and colour space of a profile [ICC.1:2022 7.2]. */
function isProfileFor(icc: Buffer, channels: number): boolean {
  const space = icc.toString('latin1', 16, 20);
  return icc.toString('latin1', 36, 40) === 'acsp' && space === (channels === 1 ? 'GRAY' : 'RGB ');
}

/** Without loss, on white paper: printers know no transparency. */
async function embedPixels({ context }: PDFDocument, picture: Sharp, size: Size): Promise<PDFRef> {
  const pixels = await picture
    .rotate()
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(cause => Promise.reject(damaged(cause)));
  const entries = imageEntries(size, pixels.info.channels);
  return context.register(context.stream(deflateSync(pixels.data), { ...entries, Filter: 'FlateDecode' }));
}
