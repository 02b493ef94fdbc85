import { describe, expect, it } from 'vitest';
import { office, someCompany, someLocation, somePrinter } from '../../../../doubles/samples.ts';
import {
  type Device,
  deviceSchemeOf,
  emptyPrinter,
  isNameInPath,
  newLocation,
  parsePrinterKey,
  takesAsOctets,
  takesFormat,
} from '../../../../shared/core/domain/printer.ts';
import { asKnown, conditionOf, conditions } from '../../../../shared/core/domain/printer-conditions.ts';

const [pdf, octets, zpl] = ['application/pdf', 'application/octet-stream', 'application/vnd.zebra-zpl'];
const device = (supported?: string[]): Device => ({
  ...{ deviceId: 'laser', scheme: 'ipp', state: 'idle', stateReasons: [] },
  attributes: { 'document-format-supported': supported },
});

describe('a printer takes', () => {
  it.each<[boolean, string, string[] | undefined]>([
    [true, pdf, undefined],
    [true, pdf, [pdf]],
    [true, pdf, [' Application/PDF ; version=1.7']],
    [true, pdf, ['image/urf']],
    [true, pdf, ['image/pwg-raster', octets]],
    [true, pdf, ['image/jpeg']],
    [false, pdf, []],
    [false, pdf, ['image/png', octets]],
    [false, 'image/png', ['image/urf']],
    [false, zpl, [pdf]],
    [true, zpl, [pdf, octets]],
  ])('%s: %s, when it lists %j', (isTaken, format, supported) => {
    expect(takesFormat(device(supported), format)).toBe(isTaken);
  });

  it.each<[boolean, string, string[]]>([
    [false, zpl, []],
    [false, zpl, ['text/plain']],
    [true, zpl, [octets]],
    [true, zpl, [octets, pdf]],
    [true, pdf, [octets]],
    [true, pdf, [octets, 'text/plain']],
    [false, pdf, [octets, 'image/urf']],
    [true, 'image/png', ['text/plain', octets]],
    [false, 'image/png', [octets, pdf]],
    [false, 'text/html', [octets, pdf]],
    [true, 'text/plain', [octets, pdf]],
  ])('%s: %s as octets, when it lists %j', (isTaken, format, supported) => {
    expect(takesAsOctets(format, supported)).toBe(isTaken);
  });
});

describe('the name of a printer', () => {
  it('is a location and a device, around one colon', () => {
    expect(parsePrinterKey(' office:laser ')).toEqual(office);
    for (const text of ['', ':', 'office', 'office:', ':laser', 'office:laser:2', 'a/b:c', 'office: laser'])
      expect(parsePrinterKey(text)).toBeUndefined();
  });

  it.each(['a', 'A-1_b.c', '...', '.a', 'Größe 2', 'x'.repeat(64), 'a '])('may have the part %j', name => {
    expect(isNameInPath(name)).toBe(true);
  });

  it.each(['', '.', '..', ' a', 'a:b', 'a;b', 'a/b', 'a\\b', 'a?', 'a#', 'a\n', 'a\u007f', '\u0000', 'x'.repeat(65)])(
    'may not have the part %j',
    name => {
      expect(isNameInPath(name)).toBe(false);
    },
  );
});

describe('the scheme of a device', () => {
  it.each([
    ['ipp://printer/ipp/print', 'ipp'],
    ['IPPS://printer', 'ipps'],
    ['socket://printer:9100', 'socket'],
    ['lpd://printer/queue', 'lpd'],
    ['file:///prints', 'file'],
    ['/prints', 'file'],
    ['c:\\prints', 'file'],
    ['./a:b', 'file'],
  ])('of %s is %s', (uri, scheme) => {
    expect(deviceSchemeOf(uri)).toBe(scheme);
  });

  it.each(['http://printer', 'usb://printer', 'ip+p://x'])('is refused of %s', uri => {
    expect(() => deviceSchemeOf(uri)).toThrow(TypeError);
  });
});

describe('the condition of a printer', () => {
  it('is the first reason that keeps it from printing, with the printer’s own word', () => {
    expect(conditionOf(['media-low', 'media-jam-error', 'offline'])).toEqual({
      summary: 'paper jam',
      sentence: 'has a paper jam (media-jam-error)',
    });
    for (const reasons of [[], ['none'], ['media-low-report'], ['constructor'], ['media-empty-soon']])
      expect(conditionOf(reasons)).toBeUndefined();
  });

  it.each(Object.keys(conditions))('has words for people: %s', keyword => {
    const summary = expect.stringMatching(/^(needs|paper jam|printer (paused|off))/);
    const sentence = expect.stringMatching(/^(is|has|needs|lacks|shows|does not) .*\)$/);

    expect(conditionOf([`${keyword}-warning`])).toEqual({ summary, sentence });
  });

  const printer = { ...somePrinter(someCompany(), office), device: device(), awaySince: 5, stateSince: 7 };
  const location = { ...someLocation(printer.companyId, 'office'), online: false, lastSeenAt: 9 };

  it('is unknown since its relay was last seen, while that is offline', () => {
    const unknown = { state: 'unknown', stateReasons: ['relay-offline'] };

    expect(asKnown(printer, location)).toMatchObject({ awaySince: 9, stateSince: 9, device: unknown });
    expect(asKnown(printer, { ...location, lastSeenAt: undefined })).toMatchObject({ awaySince: 5, stateSince: 5 });
    expect(asKnown(printer, undefined)).toMatchObject({ awaySince: 5, device: unknown });
  });

  it('is as it was reported while its relay is connected, and of a printer that was never reported', () => {
    const bare = { ...printer, device: undefined };

    expect(asKnown(printer, { ...location, online: true })).toBe(printer);
    expect(asKnown(bare, location)).toBe(bare);
  });
});

it('a new printer is inactive, and a new location is active and offline', () => {
  expect(emptyPrinter).toMatchObject({ active: false, autoGenerated: false, unconfirmedPolicy: 'ask', version: 0 });
  expect(newLocation(someCompany(), 'office')).toMatchObject({
    ...{ locationId: 'office', name: 'office', active: true, online: false, presenceVersion: 0, version: 0 },
  });
});
