import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkDeviceAddress,
  parseFolderUri,
  parseIppUri,
  parseLpdUri,
  parseSocketUri,
} from '../../../../shared/core/domain/device-address.ts';

describe('parseIppUri', () => {
  const good: [string, string, string][] = [
    ['ipp://printer.local/ipp/print', 'http://printer.local:631/ipp/print', 'ipp://printer.local/ipp/print'],
    ['ipp://printer.local', 'http://printer.local:631/ipp/print', 'ipp://printer.local/ipp/print'],
    ['ipp://printer.local:80/printers/a', 'http://printer.local/printers/a', 'ipp://printer.local:80/printers/a'],
    ['ipps://10.0.0.7:443/ipp', 'https://10.0.0.7/ipp', 'ipps://10.0.0.7:443/ipp'],
    ['ipps://[fe80::1]/ipp/print', 'https://[fe80::1]:631/ipp/print', 'ipps://[fe80::1]/ipp/print'],
  ];
  it.each(good)('reads %s', (uri, url, printerUri) => {
    const target = parseIppUri(uri);

    expect(target.url.href).toBe(url);
    expect(target.printerUri).toBe(printerUri);
    expect(target.secure).toBe(uri.startsWith('ipps'));
  });

  const bad = [
    '',
    'printer',
    'http://printer/ipp',
    'ipp:',
    'ipp:///ipp/print',
    'ipp://host:99999/',
    'ipp://a b/',
    'ipp://u:p@h/',
  ];
  it.each(bad)('refuses "%s"', uri => {
    expect(() => parseIppUri(uri)).toThrow(TypeError);
  });
});

describe('parseIppUri with a query', () => {
  it('keeps the version of TLS for the relay, and the rest for the printer', () => {
    const target = parseIppUri('ipps://host/ipp/print?tls=1.0&waitjob=false');

    expect(target).toMatchObject({ minimumTls: 'TLSv1', printerUri: 'ipps://host/ipp/print?waitjob=false' });
    expect(target.url.search).toBe('?waitjob=false');
    expect(() => parseIppUri('ipps://host/?tls=9')).toThrow('1.0, 1.1, 1.2, 1.3');
  });

  it('says where a password belongs, without repeating it', () => {
    expect(() => parseIppUri('ipp://user:secret@host/')).toThrow('--login');
    expect(() => parseIppUri('ipp://user:secret@host/')).not.toThrow('secret');
  });
});

describe('parseSocketUri', () => {
  it('reads what a printer needs', () => {
    expect(parseSocketUri('socket://host')).toEqual({
      host: 'host',
      port: 9100,
      closesAtEnd: true,
      idleMilliseconds: 20_000,
      pauseMilliseconds: 0,
    });
    expect(parseSocketUri('socket://[::1]:1234/?waiteof=false&idle=5&pause=2')).toEqual({
      host: '::1',
      port: 1234,
      closesAtEnd: false,
      idleMilliseconds: 5000,
      pauseMilliseconds: 2000,
    });
  });

  it.each(['socket://host?color=1', 'socket://host?waiteof=maybe', 'socket://host?idle=long'])('refuses %s', uri => {
    expect(() => parseSocketUri(uri)).toThrow('waiteof=true|false, idle=SECONDS or pause=SECONDS');
  });
});

it.each(['ipp://host', 'socket://host', 'file:///out', './out'])('checkDeviceAddress takes %s', uri => {
  expect(() => checkDeviceAddress(uri)).not.toThrow();
});
it.each(['ipp:///x', 'socket://host/queue', 'printer', 'lpd://host'])('checkDeviceAddress refuses %s', uri => {
  expect(() => checkDeviceAddress(uri)).toThrow(TypeError);
});

describe('parseIppUri with a rule for the certificate', () => {
  it.each(['strict', 'pin', 'any'] as const)('keeps %s for the relay', certificate => {
    const target = parseIppUri(`ipps://host/ipp/print?certificate=${certificate}&a=b`);

    expect(target).toMatchObject({ certificate, printerUri: 'ipps://host/ipp/print?a=b' });
    expect(target).not.toHaveProperty('minimumTls');
  });

  it('pins by default, and refuses other rules', () => {
    expect(parseIppUri('ipps://host').certificate).toBe('pin');
    expect(() => parseIppUri('ipps://host?certificate=none')).toThrow('strict, pin, any');
    expect(() => parseIppUri('ipps://host?tls=')).toThrow('tls is one of');
  });

  it.each([
    ['1.1', 'TLSv1.1'],
    ['1.2', 'TLSv1.2'],
    ['1.3', 'TLSv1.3'],
  ])('takes version %s of TLS', (version, minimumTls) => {
    expect(parseIppUri(`ipps://host?tls=${version}`)).toMatchObject({ minimumTls });
  });

  it.each(['ipp:', 'ipp:///ipp/print'])('names no host in "%s"', uri => {
    expect(() => parseIppUri(uri)).toThrow('names no host that can be asked');
  });

  it('does not repeat a password, nor a user without one', () => {
    for (const login of ['user@', ':secret@', 'user:secret@'])
      expect(() => parseIppUri(`ipps://${login}host:443/ipp`)).toThrow(`"ipps://host:443/ipp": a printer's`);
  });
});

describe('parseLpdUri', () => {
  it('reads host, port and queue', () => {
    expect(parseLpdUri('lpd://host/queue')).toEqual({ host: 'host', port: 515, queue: 'queue' });
    expect(parseLpdUri('lpd://[::1]:1515/Tray%C3%A9')).toEqual({ host: '::1', port: 1515, queue: 'Trayé' });
  });

  it.each([
    '',
    'lpd://host',
    'lpd://host/',
    'lpd:///queue',
    'lpd://host/a/b',
    'lpd://host/a%20b',
    'lpd://host/queue?a=b',
    'lpd://user@host/queue',
    'socket://host/queue',
  ])('refuses "%s"', uri => {
    expect(() => parseLpdUri(uri)).toThrow('is no address like lpd://host/queue');
  });
});

it.each(['socket://', 'socket://user@host', 'lpd://host', 'socket://host/a', ''])(
  'parseSocketUri refuses "%s"',
  uri => {
    expect(() => parseSocketUri(uri)).toThrow('is no address like socket://host:9100');
  },
);

it.each(['socket://host?idle=12345', 'socket://host?idle=', 'socket://host?pause=-1', 'socket://host?waiteof=truex'])(
  'parseSocketUri refuses the option of %s',
  uri => {
    expect(() => parseSocketUri(uri)).toThrow('idle=SECONDS');
  },
);

it('parseFolderUri reads a path, absolute or from here', () => {
  expect(parseFolderUri('file:///out/a%20b')).toBe('/out/a b');
  expect(parseFolderUri('FILE:///out')).toBe('/out');
  expect(parseFolderUri('/out/../a')).toBe('/a');
  for (const path of ['.', '..', './out', '../out']) expect(parseFolderUri(path)).toBe(resolve(path));
  for (const path of ['', 'out', '.out', '...', '~/out']) expect(() => parseFolderUri(path)).toThrow('is no folder');
});
