import { describe, expect, it } from 'vitest';
import { preflight } from '../../../../relay/printers/ipp-preflight.ts';
import type { PrinterView } from '../../../../relay/printers/ipp-printer-view.ts';
import type { JobTemplate } from '../../../../shared/core/domain/job-template.ts';
import { make } from '../../../../shared/ipp/attributes.ts';
import { operations } from '../../../../shared/ipp/tags.ts';
import { ticket } from '../relay-fixture.ts';

const view = (members: Partial<PrinterView> = {}): PrinterView => ({
  ...{ uuid: 'a', upSeconds: 5000, askedAt: 0, isStopped: false, isAccepting: true, reasons: [], message: undefined },
  ...{ operations: [], formats: [], attributes: [] },
  ...members,
});
const { createJob, sendDocument, printJob } = operations;
const [pdf, zpl] = ['application/pdf', 'application/vnd.zebra-zpl'];
const plan = { template: [], format: undefined, notOffered: [], isOneStep: false, repeats: 1 };
const planOf = (format: string, printer: Partial<PrinterView>, template: JobTemplate = {}) =>
  preflight(ticket(1, { format, template }), view(printer));

describe('a printer that takes no jobs', () => {
  it.each([
    [undefined, 'the printer accepts no jobs now'],
    ['the cover is open', 'the cover is open'],
  ])('is tried again later, with what it says: %s', (message, expected) => {
    const outcome = planOf(pdf, { isAccepting: false, reasons: ['cover-open'], message });

    expect(outcome).toEqual({
      ...{ kind: 'retry', reasons: ['server-error-not-accepting-jobs', 'cover-open'], message: expected },
    });
  });
});

describe('the way to print', () => {
  it.each<[string, number[], boolean | 'aborted']>([
    ['is unknown where the printer does not say', [], false],
    ['has two steps', [createJob, sendDocument], false],
    ['has two steps where there are both', [printJob, createJob, sendDocument], false],
    ['has one step without Create-Job', [printJob, sendDocument], true],
    ['has one step without Send-Document', [printJob, createJob], true],
    ['is none without either', [createJob], 'aborted'],
    ['is none of others', [operations.getJobs], 'aborted'],
  ])('%s', (_name, offered, expected) => {
    const outcome = planOf(pdf, { operations: offered });

    expect('kind' in outcome ? outcome.kind : outcome.isOneStep).toBe(expected);
  });
});

describe('the format', () => {
  it.each<[string, string[], string | undefined]>([
    [pdf, [], undefined],
    [pdf, ['Application/PDF'], 'Application/PDF'],
    ['text/plain; charset=utf-8', ['text/plain', 'text/plain;charset=UTF-8'], 'text/plain;charset=UTF-8'],
    ['text/plain; charset=utf-8', ['image/jpeg', 'text/plain'], 'text/plain'],
    ['text/plain', ['text/plain;charset=utf-8'], 'aborted'],
    [zpl, ['image/urf', 'application/octet-stream'], 'application/octet-stream'],
    ['image/png', ['image/jpeg', 'application/octet-stream'], 'aborted'],
    [pdf, ['text/plain'], 'aborted'],
    [pdf, ['image/urf', 'image/pwg-raster'], 'image/pwg-raster'],
  ])('of %s at a printer that lists %j is %s', (format, formats, expected) => {
    const outcome = planOf(format, { formats });

    expect('kind' in outcome ? outcome.kind : outcome.format).toBe(expected);
  });

  it('that is not taken is named with those that are', () => {
    expect(planOf('image/png', { formats: ['image/jpeg', 'image/urf'] })).toEqual({
      ...{ kind: 'aborted', reasons: ['document-format-error'] },
      message: 'the printer does not take image/png, only image/jpeg, image/urf',
    });
  });
});

describe('copies and pages', () => {
  const copies = make.range('copies-supported', { lower: 1, upper: 9 });
  const ranges = make.boolean('page-ranges-supported', true);
  const sides = make.keyword('sides-supported', 'one-sided', 'two-sided-long-edge');
  const asked = [
    { from: 3, to: 4 },
    { from: 1, to: 1 },
  ];
  const ordered = [
    { from: 1, to: 1 },
    { from: 3, to: 4 },
  ];
  const rangeAttribute = make.range('page-ranges', { lower: 1, upper: 1 }, { lower: 3, upper: 4 });

  it.each<[string, string, Partial<PrinterView>, JobTemplate, object]>([
    ['a document as it is', pdf, {}, {}, plan],
    ['one copy', pdf, {}, { copies: 1 }, plan],
    [
      'copies by the printer',
      pdf,
      { attributes: [copies] },
      { copies: 3 },
      { ...plan, template: [make.integer('copies', 3)] },
    ],
    ['copies by the relay', pdf, {}, { copies: 3 }, { ...plan, making: { copies: 3 } }],
    [
      'more copies than the printer makes',
      pdf,
      { attributes: [copies] },
      { copies: 10 },
      { ...plan, making: { copies: 10 } },
    ],
    [
      'copies of what is no PDF by the printer',
      zpl,
      { attributes: [copies] },
      { copies: 3 },
      { ...plan, template: [make.integer('copies', 3)] },
    ],
    ['copies of what is no PDF by repetition', zpl, {}, { copies: 3 }, { ...plan, repeats: 3 }],
    [
      'pages by the printer',
      pdf,
      { attributes: [ranges] },
      { 'page-ranges': asked },
      { ...plan, template: [rangeAttribute] },
    ],
    ['pages by the relay', pdf, {}, { 'page-ranges': asked }, { ...plan, making: { ranges: ordered } }],
    [
      'pages by the printer and copies by the relay',
      pdf,
      { attributes: [ranges] },
      { 'page-ranges': asked, copies: 2 },
      { ...plan, template: [rangeAttribute], making: { copies: 2 } },
    ],
    [
      'pages of what is no PDF in vain',
      zpl,
      {},
      { 'page-ranges': [{ from: 1, to: 2 }] },
      { ...plan, notOffered: ['page-ranges=[{"from":1,"to":2}]'] },
    ],
    [
      'what else is not offered',
      pdf,
      {},
      { copies: 2, 'print-quality': 5 },
      { ...plan, notOffered: ['print-quality=5'], making: { copies: 2 } },
    ],
  ])('%s', (_name, format, printer, template, expected) => {
    expect(planOf(format, printer, template)).toEqual(expected);
  });

  it('of a raster: pages by the relay, copies by the printer', () => {
    const printer = { formats: ['image/pwg-raster'], attributes: [copies, ranges] };

    expect(planOf(pdf, printer, { copies: 3, 'page-ranges': asked })).toMatchObject({
      ...{ template: [make.integer('copies', 3)], notOffered: [], repeats: 1 },
      making: { ranges: ordered, copies: undefined, raster: { format: 'image/pwg-raster' } },
    });
    expect(planOf(pdf, printer)).toMatchObject({ making: { ranges: undefined, copies: undefined } });
  });

  it('of JPEGs: pages and copies by the relay, and one side', () => {
    const printer = { formats: ['image/jpeg'], attributes: [copies, ranges, sides] };

    expect(planOf(pdf, printer, { copies: 3, 'page-ranges': asked, sides: 'two-sided-long-edge' })).toMatchObject({
      ...{ template: [], notOffered: ['sides'], repeats: 3 },
      making: { ranges: ordered, raster: { format: 'image/jpeg' } },
    });
    expect(planOf(pdf, printer, { sides: 'one-sided' })).toMatchObject({ template: [], notOffered: [], repeats: 1 });
    expect(planOf(pdf, printer)).toMatchObject({ making: { ranges: undefined } });
  });
});
