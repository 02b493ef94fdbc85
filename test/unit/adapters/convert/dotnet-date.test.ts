import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDate, minutesWest } from '../../../../shared/adapters/convert/page/dotnet-date.ts';

const instant = new Date('2026-01-02T15:04:05.067Z');
const format = (pattern: string, locale = 'en-US', west = 0) =>
  formatDate(instant, pattern, { locale, minutesWest: west });

describe('standard formats', () => {
  test.each([
    ['d', 'en-US', '1/2/2026'],
    ['d', 'en-GB', '02/01/2026'],
    ['d', 'de-DE', '02.01.2026'],
    ['d', 'fr-FR', '02/01/2026'],
    ['d', 'ja-JP', '2026/01/02'],
    ['d', 'sv-SE', '2026-01-02'],
    ['D', 'en-US', 'Friday, January 2, 2026'],
    ['D', 'de-DE', 'Freitag, 2. Januar 2026'],
    ['t', 'en-US', '3:04 PM'],
    ['t', 'de-DE', '15:04'],
    ['T', 'en-US', '3:04:05 PM'],
    ['f', 'en-US', 'Friday, January 2, 2026 3:04 PM'],
    ['F', 'en-US', 'Friday, January 2, 2026 3:04:05 PM'],
    ['g', 'en-US', '1/2/2026 3:04 PM'],
    ['G', 'en-GB', '02/01/2026 15:04:05'],
    ['M', 'en-US', 'January 2'],
    ['Y', 'en-US', 'January 2026'],
    ['s', 'en-US', '2026-01-02T15:04:05'],
    ['u', 'en-US', '2026-01-02 15:04:05Z'],
    ['R', 'de-DE', 'Fri, 02 Jan 2026 15:04:05 GMT'],
    ['o', 'en-US', '2026-01-02T15:04:05.0670000+00:00'],
  ])('%s in %s is %s', (pattern, locale, expected) => {
    expect(format(pattern, locale)).toBe(expected);
  });

  test('u is UTC and s is local', () => {
    expect(format('u', 'en-US', -120)).toBe('2026-01-02 15:04:05Z');
    expect(format('s', 'en-US', -120)).toBe('2026-01-02T17:04:05');
  });
});

describe('custom patterns', () => {
  test.each([
    ['dd/MM/yyyy HH:mm', 'en-GB', '02/01/2026 15:04'],
    ['dd/MM/yyyy', 'de-DE', '02.01.2026'],
    ['d-M-yy', 'en-US', '2-1-26'],
    ['ddd dd MMM yyyy', 'en-GB', 'Fri 02 Jan 2026'],
    ['dddd, d MMMM yyyy', 'en-GB', 'Friday, 2 January 2026'],
    ['d MMMM yyyy', 'ru-RU', '2 января 2026'],
    ['hh:mm:ss tt', 'en-US', '03:04:05 PM'],
    ['h:m:s t', 'en-US', '3:4:5 P'],
    ['HH:mm:ss.fff', 'en-US', '15:04:05.067'],
    ['ss.FFFFF', 'en-US', '05.067'],
    ["d 'of' MMMM", 'en-US', '2 of January'],
    ['"day" d', 'en-US', 'day 2'],
    ['yyyy\\y', 'en-US', '2026y'],
    ['%d', 'en-US', '2'],
    ['%H', 'en-US', '15'],
    ['yyyyy', 'en-US', '02026'],
  ])('%s in %s is %s', (pattern, locale, expected) => {
    expect(format(pattern, locale)).toBe(expected);
  });

  test('write the zone', () => {
    expect(format('HH:mm zzz', 'en-US', 330)).toBe('09:34 -05:30');
    expect(format('%z', 'en-US', -120)).toBe('+2');
    expect(format('zz K', 'en-US', -120)).toBe('+02 +02:00');
  });
});

test('a time zone of 1 to 14 is hours, anything else minutes west', () => {
  expect(minutesWest(0)).toBe(0);
  expect(minutesWest(-60)).toBe(-60);
  expect(minutesWest(-2)).toBe(-120);
  expect(minutesWest(14)).toBe(840);
  expect(minutesWest(15)).toBe(15);
});

test('no pattern, locale or zone makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: -840, max: 840 }), (pattern, locale, west) => {
      expect(typeof formatDate(instant, pattern, { locale, minutesWest: west })).toBe('string');
    }),
  );
});

test('the fields of a sortable date are those of the shifted moment', () => {
  const moments = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });
  fc.assert(
    fc.property(moments, fc.integer({ min: -840, max: 840 }), (moment, west) => {
      const written = formatDate(moment, "yyyy'-'MM'-'dd'T'HH':'mm':'ss", { locale: 'en-US', minutesWest: west });
      expect(written).toBe(new Date(moment.getTime() - west * 60_000).toISOString().slice(0, 19));
    }),
  );
});
