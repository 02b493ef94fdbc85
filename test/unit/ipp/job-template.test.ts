import { describe, expect, it } from 'vitest';
import type { JobTemplate } from '../../../shared/core/domain/job-template.ts';
import { make } from '../../../shared/ipp/attributes.ts';
import { offeredTemplate } from '../../../shared/ipp/job-template.ts';

const wanted: Required<JobTemplate> = {
  copies: 3,
  sides: 'two-sided-long-edge',
  media: 'iso_a4_210x297mm',
  'media-source': 'tray-1',
  'orientation-requested': 4,
  'print-color-mode': 'monochrome',
  'print-scaling': 'fit',
  'multiple-document-handling': 'separate-documents-collated-copies',
  'print-quality': 5,
  'page-ranges': [{ from: 1, to: 2 }],
  'job-priority': 80,
};

const generous = [
  make.range('copies-supported', { lower: 1, upper: 99 }),
  make.keyword('sides-supported', 'one-sided', 'two-sided-long-edge'),
  make.keyword('media-supported', 'iso_a4_210x297mm', 'na_letter_8.5x11in', 'custom'),
  make.keyword('media-col-supported', 'media-size', 'media-source'),
  make.keyword('media-source-supported', 'tray-1'),
  make.enum('orientation-requested-supported', 3, 4),
  make.keyword('print-color-mode-supported', 'color', 'monochrome'),
  make.keyword('print-scaling-supported', 'fit'),
  make.keyword('multiple-document-handling-supported', 'separate-documents-collated-copies'),
  make.enum('print-quality-supported', 3, 5),
  make.boolean('page-ranges-supported', true),
  make.integer('job-priority-supported', 100),
];
const mediaCol = (x: number, y: number) =>
  make.collection('media-col', [
    make.collection('media-size', [make.integer('x-dimension', x), make.integer('y-dimension', y)]),
    make.keyword('media-source', 'tray-1'),
  ]);

describe('offeredTemplate', () => {
  it('asks a printer that offers everything for everything, the tray and the size as media-col', () => {
    const { attributes, notOffered } = offeredTemplate(wanted, generous);

    expect(notOffered).toEqual([]);
    expect(attributes).toEqual([
      mediaCol(21000, 29700),
      make.integer('copies', 3),
      make.keyword('sides', 'two-sided-long-edge'),
      make.enum('orientation-requested', 4),
      make.keyword('print-color-mode', 'monochrome'),
      make.keyword('print-scaling', 'fit'),
      make.keyword('multiple-document-handling', 'separate-documents-collated-copies'),
      make.enum('print-quality', 5),
      make.range('page-ranges', { lower: 1, upper: 2 }),
      make.integer('job-priority', 80),
    ]);
  });

  it('asks a printer that lists nothing for nothing, and names each thing', () => {
    const { attributes, notOffered } = offeredTemplate(wanted, []);

    expect(attributes).toEqual([]);
    expect(notOffered.map(text => text.split('=')[0])).toEqual(Object.keys(wanted));
    expect(notOffered).toContain('page-ranges=[{"from":1,"to":2}]');
  });

  it('never sends media and media-col together', () => {
    const { attributes } = offeredTemplate({ media: 'iso_a4_210x297mm', 'media-source': 'tray-1' }, generous);

    expect(attributes.map(({ name }) => name)).toEqual(['media-col']);
  });

  it('turns inches into hundredths of millimetres', () => {
    const { attributes } = offeredTemplate({ media: 'na_letter_8.5x11in', 'media-source': 'tray-1' }, generous);

    expect(attributes).toEqual([mediaCol(21590, 27940)]);
  });

  it('asks for a tray alone where no medium is wanted', () => {
    const { attributes } = offeredTemplate({ 'media-source': 'tray-1' }, generous);

    expect(attributes).toEqual([make.collection('media-col', [make.keyword('media-source', 'tray-1')])]);
  });

  it('prefers the medium to the tray where it cannot have both', () => {
    const { attributes, notOffered } = offeredTemplate({ media: 'custom', 'media-source': 'tray-1' }, generous);

    expect(attributes).toEqual([make.keyword('media', 'custom')]);
    expect(notOffered).toEqual(['media-source=tray-1']);
  });

  it('sends nothing that job-creation-attributes-supported leaves out', () => {
    const strict = [...generous, make.keyword('job-creation-attributes-supported', 'copies', 'job-name')];

    const { attributes } = offeredTemplate(wanted, strict);

    expect(attributes).toEqual([make.integer('copies', 3)]);
  });

  const beyond: JobTemplate[] = [
    { copies: 100 },
    { sides: 'two-sided-short-edge' },
    { 'orientation-requested': 6 },
    { 'media-source': 'tray-9' },
  ];
  it.each(beyond)('does not send what is beyond the list of the printer: %o', template => {
    expect(offeredTemplate(template, generous).attributes).toEqual([]);
  });
});
