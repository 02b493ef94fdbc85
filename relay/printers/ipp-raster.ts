import type { JobTemplate } from '../../shared/core/domain/job-template.ts';
import { booleanOf, textOf, textsOf, valuesOf } from '../../shared/ipp/attributes.ts';
import { sizeOf } from '../../shared/ipp/job-media.ts';
import type { RasterTarget } from '../documents/making.ts';
import type { PrinterView } from './ipp-printer-view.ts';

/** sharp enough for text, and a quarter of the octets of the next one */
const wantedResolution = 300;
const pointsPerHundredth = 72 / 2540;
const dotsPerInch = 3;

/** The raster for a PDF at a printer that takes no PDF; undefined when it takes one, or no raster. */
export function rasterFor(printer: PrinterView, template: JobTemplate): RasterTarget | undefined {
  const { formats, attributes } = printer;
  const lists = (format: string) => formats.some(listed => listed.toLowerCase() === format);
  if (lists('application/pdf')) return undefined;
  const format = (['image/pwg-raster', 'image/urf', 'image/jpeg'] as const).find(lists);
  if (!format) return undefined;
  const urf = textsOf(attributes, 'urf-supported');
  const types = textsOf(attributes, 'pwg-raster-document-type-supported');
  const hasColor = {
    'image/pwg-raster': types.includes('srgb_8'),
    'image/urf': urf.some(key => /^SRGB24$/i.test(key)),
    'image/jpeg': booleanOf(attributes, 'color-supported') !== false,
  }[format];
  const media = mediumFor(template.media ?? textOf(attributes, 'media-default'));
  return {
    format,
    ...(media ? { media } : {}),
    resolution: resolutionOf(
      {
        'image/pwg-raster': pwgResolutions(printer),
        'image/urf': urfResolutions(urf),
        'image/jpeg': [],
      }[format],
    ),
    isColor: hasColor && template['print-color-mode'] !== 'monochrome',
    sides: textsOf(attributes, 'sides-supported').includes(template.sides ?? '')
      ? (template.sides as RasterTarget['sides'])
      : 'one-sided',
    sheetBack: sheetBackOf(format, urf, printer),
  };
}

function mediumFor(name: string | undefined): RasterTarget['media'] {
  const size = name === undefined ? undefined : sizeOf(name);
  if (!size || name === undefined) return undefined;
  return { name, width: size.x * pointsPerHundredth, height: size.y * pointsPerHundredth };
}

/** The least that is sharp, else the sharpest; what a printer lists may be no number, or 0. */
function resolutionOf(offered: number[]): number {
  const ascending = offered.filter(resolution => resolution > 0).toSorted((a, b) => a - b);
  return ascending.find(resolution => resolution >= wantedResolution) ?? ascending.at(-1) ?? wantedResolution;
}

function pwgResolutions({ attributes }: PrinterView): number[] {
  return valuesOf(attributes, 'pwg-raster-document-resolution-supported').flatMap(value =>
    value.syntax === 'resolution' && value.units === dotsPerInch && value.x === value.y ? [value.x] : [],
  );
}

/** `RS300-600` */
function urfResolutions(urf: string[]): number[] {
  const listed = urf.find(key => /^RS\d/i.test(key))?.slice(2) ?? '';
  return listed.split('-').map(Number);
}

/** For URF `DM1` to `DM4`: as is, flipped, rotated, tumbled by hand. */
function sheetBackOf(
  format: RasterTarget['format'],
  urf: string[],
  { attributes }: PrinterView,
): RasterTarget['sheetBack'] {
  const known = ['normal', 'flipped', 'rotated', 'manual-tumble'] as const;
  if (format === 'image/urf')
    return known[Number(urf.find(key => /^DM[1-4]$/i.test(key))?.slice(2) ?? 1) - 1] ?? 'normal';
  const named = textOf(attributes, 'pwg-raster-document-sheet-back');
  return known.find(name => name === named) ?? 'normal';
}
