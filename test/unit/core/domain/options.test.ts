import { describe, expect, it } from 'vitest';
import { office, someCompany, somePrinter } from '../../../../doubles/samples.ts';
import { mediaNamed, mediaSize, mediaTitle } from '../../../../shared/core/domain/media.ts';
import type { DeviceAttributes } from '../../../../shared/core/domain/printer.ts';
import { substitutionsOf } from '../../../../shared/core/domain/substitutions.ts';

describe('a paper', () => {
  it.each([
    [' A4 ', 'iso_a4_210x297mm', { width: 210, height: 297 }, 'A4'],
    ['LETTER', 'na_letter_8.5x11in', { width: 215.9, height: 279.4 }, 'Letter'],
    ['Tabloid', 'na_ledger_11x17in', { width: 279.4, height: 431.8 }, 'Ledger'],
    ['constructor', 'constructor', undefined, 'constructor'],
    [' oe_shop_100x50.5mm ', 'oe_shop_100x50.5mm', { width: 100, height: 50.5 }, 'oe_shop_100x50.5mm'],
  ])('%j has an IPP name, a size and a title', (given, name, size, title) => {
    expect(mediaNamed(given)).toBe(name);
    const { width, height } = mediaSize(name) ?? {};
    expect([width?.toFixed(6), height?.toFixed(6)]).toEqual([size?.width.toFixed(6), size?.height.toFixed(6)]);
    expect(mediaTitle(name)).toBe(title);
  });

  it.each(['', 'A4', 'custom', 'a_1x2', 'a_1x2cm', 'a_1x2mm_borderless', 'a1x2mm', 'a_1.x2mm', 'a_x2mm'])(
    '%j has no size in its name',
    name => {
      expect(mediaSize(name)).toBeUndefined();
    },
  );
});

describe('what a printer does not do as asked', () => {
  const printer = (attributes: DeviceAttributes) => ({
    ...somePrinter(someCompany(), office),
    device: { deviceId: 'laser', scheme: 'ipp', attributes, state: 'idle' as const, stateReasons: [] },
  });
  const said = (attributes: DeviceAttributes, template: object, format = 'application/pdf') =>
    substitutionsOf(printer(attributes), template, format);

  it('is unknown before its relay reports it', () => {
    expect(substitutionsOf(somePrinter(someCompany(), office), {}, 'text/plain')).toEqual([
      expect.stringContaining('has not reported this printer yet'),
    ]);
  });

  it('is nothing when it offers all, or does not say what it offers', () => {
    const template = { media: 'ISO_A4', 'media-source': 'tray-1', sides: 'one-sided', copies: 2 };
    const all = {
      'media-supported': ['iso_a4'],
      'media-source-supported': ['Tray-1'],
      'sides-supported': ['one-sided'],
    };

    expect(said(all, template)).toEqual([]);
    expect(said({}, template)).toEqual([]);
    expect(said({ 'media-supported': [], 'color-supported': false }, { 'print-color-mode': 'monochrome' })).toEqual([]);
    expect(said({}, { 'print-color-mode': 'color' })).toEqual([]);
    expect(said({ 'color-supported': true }, { 'print-color-mode': 'color' })).toEqual([]);
  });

  it('is said of paper, tray, sides and colour', () => {
    const little = {
      ...{ 'media-supported': ['iso_a4'], 'media-default': 'iso_a4', 'media-source-supported': ['tray-1'] },
      ...{ 'sides-supported': ['one-sided'], 'color-supported': false },
    };
    const template = { media: 'na_letter', 'media-source': 'tray-2', sides: 'two-sided-long-edge' };

    expect(said(little, { ...template, 'print-color-mode': 'color' })).toEqual([
      'media "na_letter" is not offered: the printer\'s default, iso_a4, is used.',
      'media-source "tray-2" is not offered: the printer\'s default is used.',
      'sides "two-sided-long-edge" is not offered: the printer\'s default is used.',
      'print-color-mode "color" is not offered: it is printed in monochrome.',
    ]);
    expect(said({ 'media-supported': [] }, template)).toHaveLength(1);
  });

  it('is a raster in the place of a PDF', () => {
    const formats = (...names: string[]) => ({ 'document-format-supported': names });

    expect(said(formats('image/URF', 'image/jpeg'), {})).toEqual([
      'The printer takes no PDF: the relay makes image/urf of it.',
    ]);
    expect(said(formats('image/urf', 'Application/pdf'), {})).toEqual([]);
    expect(said(formats('image/urf'), {}, 'image/png')).toEqual([]);
    expect(said(formats('text/plain'), {})).toEqual([]);
  });
});
