import type { JobTemplate } from '../core/domain/job-template.ts';
import { mediaNamed, mediaSize } from '../core/domain/media.ts';
import { make, textsOf, valuesOf } from './attributes.ts';
import type { IppAttribute } from './message.ts';

/** In hundredths of millimetres [PWG 5100.7 6.3.1.14]. */
interface Size {
  x: number;
  y: number;
}

/** Names round inches to millimetres, and the other way. */
const sameSize = 50;

/** `iso_a4_210x297mm`, or an old name such as `iso-a4` or `A4` [PWG 5101.1 5, RFC 8011 5.1.4]. */
export function sizeOf(media: string): Size | undefined {
  const named = mediaNamed(media.replace(/^(iso|na|jis)-/, '').replace(/-(white|transverse)$/, ''));
  const size = mediaSize(media) ?? mediaSize(named);
  return size && { x: Math.round(size.width * 100), y: Math.round(size.height * 100) };
}

/** The attribute that asks for a medium: by a name that the printer lists, or by its size where that may be any. */
export function mediumOf(media: string, printer: IppAttribute[]): IppAttribute | undefined {
  const listed = textsOf(printer, 'media-supported');
  if (listed.includes(media)) return make.keyword('media', media);
  const size = sizeOf(media);
  if (!size) return undefined;
  const same = listed.find(name => isSame(sizeOf(name), size) && !/^custom_m(in|ax)_/.test(name));
  if (same) return make.keyword('media', same);
  if (!isInCustomRange(size, listed, printer)) return undefined;
  if (textsOf(printer, 'media-col-supported').includes('media-size'))
    return make.collection('media-col', [sizeMember(size)]);
  const text = `${size.x / 100}x${size.y / 100}mm`;
  return make.keyword('media', `custom_${text}_${text}`);
}

/** A tray by media-col, with the size of the medium where one is wanted too [PWG 5100.7 6.3.1]. */
export function trayOf(template: JobTemplate, printer: IppAttribute[]): IppAttribute | undefined {
  const { media, 'media-source': source = '' } = template;
  const members = textsOf(printer, 'media-col-supported');
  const hasTray = members.includes('media-source') && textsOf(printer, 'media-source-supported').includes(source);
  if (!hasTray) return undefined;
  const tray = make.keyword('media-source', source);
  if (media === undefined) return make.collection('media-col', [tray]);
  const size = sizeOf(media);
  // the right size from any tray is better than any size from the right one
  if (!size || !members.includes('media-size') || !mediumOf(media, printer)) return undefined;
  return make.collection('media-col', [sizeMember(size), tray]);
}

const sizeMember = ({ x, y }: Size) =>
  make.collection('media-size', [make.integer('x-dimension', x), make.integer('y-dimension', y)]);

function isSame(a: Size | undefined, b: Size): boolean {
  return a !== undefined && Math.abs(a.x - b.x) <= sameSize && Math.abs(a.y - b.y) <= sameSize;
}

/** `custom_min_25x25mm` and `custom_max_215x900mm`, or ranges in media-size-supported [PWG 5101.1 5.3, PWG 5100.7 6.9.50]. */
function isInCustomRange({ x, y }: Size, listed: string[], printer: IppAttribute[]): boolean {
  const least = listed.filter(name => name.startsWith('custom_min_')).flatMap(name => sizeOf(name) ?? []);
  const most = listed.filter(name => name.startsWith('custom_max_')).flatMap(name => sizeOf(name) ?? []);
  const isNamed = least.some(size => size.x <= x && size.y <= y) && most.some(size => x <= size.x && y <= size.y);
  return isNamed || valuesOf(printer, 'media-size-supported').some(value => isInRanges(value, { x, y }));
}

function isInRanges(value: ReturnType<typeof valuesOf>[number], { x, y }: Size): boolean {
  if (value.syntax !== 'collection') return false;
  const covers = (name: string, wanted: number) =>
    valuesOf(value.members, name).some(
      one =>
        (one.syntax === 'rangeOfInteger' && one.lower <= wanted && wanted <= one.upper) ||
        (one.syntax === 'integer' && Math.abs(one.value - wanted) <= sameSize),
    );
  return covers('x-dimension', x) && covers('y-dimension', y);
}
