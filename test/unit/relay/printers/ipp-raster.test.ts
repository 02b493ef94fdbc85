import { describe, expect, it } from 'vitest';
import type { RasterTarget } from '../../../../relay/documents/making.ts';
import type { PrinterView } from '../../../../relay/printers/ipp-printer-view.ts';
import { rasterFor } from '../../../../relay/printers/ipp-raster.ts';
import type { JobTemplate } from '../../../../shared/core/domain/job-template.ts';
import { make } from '../../../../shared/ipp/attributes.ts';
import type { IppAttribute } from '../../../../shared/ipp/message.ts';

const view = (formats: string[], attributes: IppAttribute[] = []): PrinterView => ({
  ...{ uuid: 'a', upSeconds: 5000, askedAt: 0, isStopped: false, isAccepting: true, reasons: [], message: undefined },
  ...{ operations: [], formats, attributes },
});
const resolutions = (...offered: [x: number, y: number, units: number][]): IppAttribute => ({
  name: 'pwg-raster-document-resolution-supported',
  values: [
    ...offered.map(([x, y, units]) => ({ syntax: 'resolution' as const, x, y, units })),
    { syntax: 'keyword', value: '300dpi' },
  ],
});
const plain: RasterTarget = {
  ...{ format: 'image/pwg-raster', resolution: 300, isColor: false, sides: 'one-sided', sheetBack: 'normal' },
};
const urf = (...keys: string[]) => make.keyword('urf-supported', ...keys);

describe('the raster for a printer', () => {
  const formats: [string[], RasterTarget['format'] | undefined][] = [
    [[], undefined],
    [['text/plain', 'application/octet-stream'], undefined],
    [['image/pwg-raster', 'application/PDF'], undefined],
    [['Image/PWG-Raster'], 'image/pwg-raster'],
    [['image/jpeg', 'image/urf', 'image/pwg-raster'], 'image/pwg-raster'],
    [['image/jpeg', 'image/urf'], 'image/urf'],
    [['image/jpeg'], 'image/jpeg'],
  ];
  it.each(formats)('that takes %j is %s', (listed, format) => {
    expect(rasterFor(view(listed), {})?.format).toBe(format);
  });

  it('that says no more is the plainest', () => {
    expect(rasterFor(view(['image/pwg-raster']), {})).toEqual(plain);
    expect(rasterFor(view(['image/urf']), {})).toEqual({ ...plain, format: 'image/urf' });
    expect(rasterFor(view(['image/jpeg']), {})).toEqual({ ...plain, format: 'image/jpeg', isColor: true });
  });

  const offers: [string, string, IppAttribute[], JobTemplate, Partial<RasterTarget>][] = [
    [
      'the least that is sharp',
      'image/pwg-raster',
      [resolutions([1200, 1200, 3], [600, 600, 3], [150, 150, 3])],
      {},
      { resolution: 600 },
    ],
    ['the wanted one', 'image/pwg-raster', [resolutions([600, 600, 3], [300, 300, 3])], {}, { resolution: 300 }],
    [
      'the sharpest of coarse ones',
      'image/pwg-raster',
      [resolutions([203, 203, 3], [150, 150, 3])],
      {},
      { resolution: 203 },
    ],
    [
      'none that differs by direction',
      'image/pwg-raster',
      [resolutions([600, 300, 3], [203, 203, 3])],
      {},
      { resolution: 203 },
    ],
    [
      'none by the centimetre',
      'image/pwg-raster',
      [resolutions([600, 600, 4], [203, 203, 3])],
      {},
      { resolution: 203 },
    ],
    ['no resolution of 0', 'image/pwg-raster', [resolutions([0, 0, 3])], {}, { resolution: 300 }],
    ['no resolution of 0 in URF', 'image/urf', [urf('RS0-203')], {}, { resolution: 203 }],
    ['the one of URF', 'image/urf', [urf('W8', 'RS203-600', 'V1.4')], {}, { resolution: 600 }],
    ['the one of URF, in whatever case', 'image/urf', [urf('rs360')], {}, { resolution: 360 }],
    ['no resolution that URF does not tell', 'image/urf', [urf('RSX', 'XRS600', 'RS-')], {}, { resolution: 300 }],
    [
      'colour of PWG raster',
      'image/pwg-raster',
      [make.keyword('pwg-raster-document-type-supported', 'sgray_8', 'srgb_8')],
      {},
      { isColor: true },
    ],
    [
      'grey of PWG raster',
      'image/pwg-raster',
      [make.keyword('pwg-raster-document-type-supported', 'sgray_8')],
      {},
      { isColor: false },
    ],
    [
      'grey that is asked for',
      'image/pwg-raster',
      [make.keyword('pwg-raster-document-type-supported', 'srgb_8')],
      { 'print-color-mode': 'monochrome' },
      { isColor: false },
    ],
    ['colour of URF', 'image/urf', [urf('srgb24')], {}, { isColor: true }],
    ['no other colour of URF', 'image/urf', [urf('SRGB24-48', 'ADOBERGB24', 'XSRGB24')], {}, { isColor: false }],
    ['grey of JPEG', 'image/jpeg', [make.boolean('color-supported', false)], {}, { isColor: false }],
    [
      'sides that it offers',
      'image/pwg-raster',
      [make.keyword('sides-supported', 'one-sided', 'two-sided-long-edge')],
      { sides: 'two-sided-long-edge' },
      { sides: 'two-sided-long-edge' },
    ],
    [
      'one side otherwise',
      'image/pwg-raster',
      [make.keyword('sides-supported', 'one-sided')],
      { sides: 'two-sided-long-edge' },
      { sides: 'one-sided' },
    ],
    [
      'backs of PWG raster',
      'image/pwg-raster',
      [make.keyword('pwg-raster-document-sheet-back', 'rotated')],
      {},
      { sheetBack: 'rotated' },
    ],
    [
      'backs that are unknown',
      'image/pwg-raster',
      [make.keyword('pwg-raster-document-sheet-back', 'upside-down')],
      {},
      { sheetBack: 'normal' },
    ],
    [
      'no backs of another format',
      'image/urf',
      [make.keyword('pwg-raster-document-sheet-back', 'rotated')],
      {},
      { sheetBack: 'normal' },
    ],
    ['backs of URF 1', 'image/urf', [urf('DM1')], {}, { sheetBack: 'normal' }],
    ['backs of URF 2', 'image/urf', [urf('dm2')], {}, { sheetBack: 'flipped' }],
    ['backs of URF 3', 'image/urf', [urf('W8', 'DM3')], {}, { sheetBack: 'rotated' }],
    ['backs of URF 4', 'image/urf', [urf('DM4')], {}, { sheetBack: 'manual-tumble' }],
    ['no backs that URF does not have', 'image/urf', [urf('DM5', 'DM33', 'XDM3')], {}, { sheetBack: 'normal' }],
  ];
  it.each(offers)('has %s', (_name, format, attributes, template, expected) => {
    expect(rasterFor(view([format], attributes), template)).toMatchObject(expected);
  });

  it('has the medium that is asked for, else the one that is in the printer, in points', () => {
    const printer = view(['image/pwg-raster'], [make.keyword('media-default', 'na_letter_8.5x11in')]);

    const asked = rasterFor(printer, { media: 'iso_a4_210x297mm' })?.media;

    expect(asked).toMatchObject({ name: 'iso_a4_210x297mm' });
    expect([asked?.width, asked?.height].map(Number)).toEqual([expect.closeTo(595.28), expect.closeTo(841.89)]);
    expect(rasterFor(printer, {})?.media).toEqual({
      ...{ name: 'na_letter_8.5x11in', width: expect.closeTo(612), height: expect.closeTo(792) },
    });
    expect(rasterFor(printer, { media: 'whatever is there' })).not.toHaveProperty('media');
  });
});
