import { describe, expect, it } from 'vitest';
import { isOtherPrinter, isSameBoot, type PrinterView } from '../../../../relay/printers/ipp-printer-view.ts';

const view = (askedAtSeconds: number, upSeconds: number | undefined, uuid: string | undefined = 'a'): PrinterView => ({
  uuid,
  upSeconds,
  askedAt: askedAtSeconds * 1000,
  isStopped: false,
  isAccepting: true,
  reasons: [],
  message: undefined,
  operations: [],
  formats: [],
  attributes: [],
});

describe('isSameBoot', () => {
  const cases: [string, PrinterView, PrinterView, boolean][] = [
    ['a printer that counted on', view(0, 5000), view(60, 5060), true],
    ['a printer whose seconds are a little long', view(0, 5000), view(60, 5055), true],
    ['a printer that begins anew', view(0, 5000), view(60, 3), false],
    ['a printer that has by now been up for longer than before', view(0, 60), view(1000, 900), false],
    ['a printer that was just switched on, with an unknown boot time', view(0, 1), view(0.3, 1), false],
    ['a printer that does not tell', view(0, undefined), view(1, undefined), false],
    ['another printer', view(0, 5000), view(60, 5060, 'b'), false],
    ['a printer without a UUID', view(0, 5000, ''), view(60, 5060, ''), true],
  ];
  it.each(cases)('is right about %s', (_, before, after, expected) => {
    expect(isSameBoot(before, after)).toBe(expected);
  });
});

describe('isOtherPrinter', () => {
  it.each([
    ['a', 'a', false],
    ['a', 'b', true],
    [undefined, 'a', false],
    ['a', undefined, false],
    [undefined, undefined, false],
  ])('of %s that was and %s that is now says %s', (before, now, expected) => {
    expect(isOtherPrinter(before, { ...view(0, 5000), uuid: now })).toBe(expected);
  });
});
