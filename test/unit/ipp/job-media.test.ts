import { describe, expect, it } from 'vitest';
import type { JobTemplate } from '../../../shared/core/domain/job-template.ts';
import { make } from '../../../shared/ipp/attributes.ts';
import { mediumOf, sizeOf, trayOf } from '../../../shared/ipp/job-media.ts';
import type { IppAttribute } from '../../../shared/ipp/message.ts';

const size = (x: number, y: number) =>
  make.collection('media-size', [make.integer('x-dimension', x), make.integer('y-dimension', y)]);
const a4 = 'iso_a4_210x297mm';
const ofAnySize = make.keyword('media-supported', 'custom_min_25x25mm', 'custom_max_215x900mm');
const bySize = make.keyword('media-col-supported', 'media-size');

describe('the size of a medium', () => {
  it.each([
    [a4, { x: 21000, y: 29700 }],
    ['iso-a4', { x: 21000, y: 29700 }],
    ['iso-a4-white', { x: 21000, y: 29700 }],
    ['na-letter-transverse', { x: 21590, y: 27940 }],
    ['na_letter_8.5x11in', { x: 21590, y: 27940 }],
    ['custom_label_100x50mm', { x: 10000, y: 5000 }],
    ['whatever is there', undefined],
  ])('%s is %o', (name, expected) => {
    expect(sizeOf(name)).toEqual(expected);
  });
});

describe('a medium at a printer', () => {
  const ranges = (x: [number, number], y: [number, number]) =>
    ({
      name: 'media-size-supported',
      values: [
        make.collection('a', [
          make.range('x-dimension', { lower: x[0], upper: x[1] }),
          make.range('y-dimension', { lower: y[0], upper: y[1] }),
        ]).values[0],
      ],
    }) as IppAttribute;
  const sizes: IppAttribute = { name: 'media-size-supported', values: size(10000, 5000).values };
  const label = 'custom_label_100x50mm';
  const asCustom = make.keyword('media', 'custom_100x50mm_100x50mm');
  const asSize = make.collection('media-col', [size(10000, 5000)]);

  it.each<[string, string, IppAttribute[], IppAttribute | undefined]>([
    ['by its name', a4, [make.keyword('media-supported', a4)], make.keyword('media', a4)],
    ['by a name that has no size', 'tray', [make.keyword('media-supported', 'tray')], make.keyword('media', 'tray')],
    ['not by an unknown name', 'tray', [make.keyword('media-supported', a4)], undefined],
    [
      'by another name of its size',
      'A4',
      [make.keyword('media-supported', 'na_letter_8.5x11in', a4)],
      make.keyword('media', a4),
    ],
    [
      'by a name within half a millimetre',
      'custom_x_209.5x297.5mm',
      [make.keyword('media-supported', a4)],
      make.keyword('media', a4),
    ],
    ['not by one that is narrower', 'custom_x_209.49x297mm', [make.keyword('media-supported', a4)], undefined],
    ['not by one that is longer', 'custom_x_210x297.51mm', [make.keyword('media-supported', a4)], undefined],
    [
      'not by the names of limits',
      'custom_x_25x25mm',
      [make.keyword('media-supported', 'custom_min_25x25mm')],
      undefined,
    ],
    ['by its size, as a name', label, [ofAnySize], asCustom],
    ['by its size, as a collection', label, [ofAnySize, bySize], asSize],
    ['by the least size', 'custom_x_25x25mm', [ofAnySize], make.keyword('media', 'custom_25x25mm_25x25mm')],
    ['by the largest size', 'custom_x_215x900mm', [ofAnySize], make.keyword('media', 'custom_215x900mm_215x900mm')],
    ['not by a size that is too narrow', 'custom_x_24x50mm', [ofAnySize], undefined],
    ['not by a size that is too short', 'custom_x_50x24mm', [ofAnySize], undefined],
    ['not by a size that is too wide', 'custom_x_216x50mm', [ofAnySize], undefined],
    ['not by a size that is too long', 'custom_x_50x901mm', [ofAnySize], undefined],
    ['not without a largest size', label, [make.keyword('media-supported', 'custom_min_25x25mm')], undefined],
    ['not without a least size', label, [make.keyword('media-supported', 'custom_max_215x900mm')], undefined],
    ['by ranges of sizes', label, [ranges([10000, 10000], [5000, 5000])], asCustom],
    ['not beyond the width of ranges', label, [ranges([10001, 20000], [1, 90000])], undefined],
    ['not beyond the height of ranges', label, [ranges([1, 90000], [1, 4999])], undefined],
    ['by a listed size', label, [sizes, bySize], asSize],
    [
      'by a size near a listed one',
      'custom_x_100.5x49.5mm',
      [sizes, bySize],
      make.collection('media-col', [size(10050, 4950)]),
    ],
    ['not by a size beyond a listed one', 'custom_x_100.51x50mm', [sizes, bySize], undefined],
    ['not by a size of no collection', label, [make.keyword('media-size-supported', 'any')], undefined],
  ])('is asked for %s', (_name, media, printer, expected) => {
    expect(mediumOf(media, printer)).toEqual(expected);
  });
});

describe('a tray at a printer', () => {
  const tray = make.keyword('media-source', 'tray-1');
  const trays = make.keyword('media-source-supported', 'auto', 'tray-1');
  const byTray = make.keyword('media-col-supported', 'media-source');
  const byBoth = make.keyword('media-col-supported', 'media-size', 'media-source');
  const listed = make.keyword('media-supported', a4);

  it.each<[string, JobTemplate, IppAttribute[], IppAttribute | undefined]>([
    ['alone', { 'media-source': 'tray-1' }, [trays, byTray], make.collection('media-col', [tray])],
    [
      'with its medium',
      { 'media-source': 'tray-1', media: a4 },
      [trays, byBoth, listed],
      make.collection('media-col', [size(21000, 29700), tray]),
    ],
    ['not where the printer has none of that name', { 'media-source': 'tray-2' }, [trays, byTray], undefined],
    ['not where trays cannot be asked for', { 'media-source': 'tray-1' }, [trays, bySize], undefined],
    [
      'not with a medium whose size cannot be asked for',
      { 'media-source': 'tray-1', media: a4 },
      [trays, byTray, listed],
      undefined,
    ],
    [
      'not with a medium that the printer does not have',
      { 'media-source': 'tray-1', media: a4 },
      [trays, byBoth],
      undefined,
    ],
    [
      'not with a medium that has no size',
      { 'media-source': 'tray-1', media: 'card' },
      [trays, byBoth, make.keyword('media-supported', 'card')],
      undefined,
    ],
    ['not where none is wanted', {}, [trays, byTray], undefined],
  ])('is asked for %s', (_name, template, printer, expected) => {
    expect(trayOf(template, printer)).toEqual(expected);
  });
});
