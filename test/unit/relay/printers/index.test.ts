import { describe, expect, it } from 'vitest';
import { openOutputDevice } from '../../../../relay/printers/index.ts';

describe('openOutputDevice', () => {
  const good = [
    'ipp://printer/ipp/print',
    'IPPS://printer',
    'socket://10.0.0.9:9100',
    'socket://[::1]',
    'lpd://10.0.0.9/labels',
    'file:///var/out',
    '/var/out',
    './out',
  ];
  it.each(good)('opens %s', uri => {
    expect(openOutputDevice('d1', uri)).toMatchObject({ deviceId: 'd1', uri });
  });

  const bad: [string, string][] = [
    ['', 'no folder'],
    ['printer', 'no folder'],
    ['ftp://printer/queue', 'Unknown scheme ftp in "ftp://printer/queue": use one of ipp, ipps, socket, lpd, file'],
    ['lpd://printer', 'no address like lpd://host/queue'],
    ['lpd://printer/queue?reserve=none', 'no address like lpd://host/queue'],
    ['constructor:x', 'Unknown scheme constructor in'],
    ['ipp:///ipp/print', 'names no host'],
    ['ipp://user:secret@printer/', 'no user name or password'],
    ['socket://', 'no address like socket://'],
    ['socket://printer/queue', 'no address like socket://'],
    ['socket://printer:99999', 'no address like socket://'],
    ['file://otherhost/share', 'host'],
  ];
  it.each(bad)('refuses "%s" with the reason', (uri, why) => {
    expect(() => openOutputDevice('d1', uri)).toThrow(TypeError);
    expect(() => openOutputDevice('d1', uri)).toThrow(why);
  });

  it('does not repeat a password in messages', () => {
    expect(() => openOutputDevice('d1', 'ipp://user:secret@printer/')).not.toThrow('secret');
  });
});
