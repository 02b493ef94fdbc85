import { describe, expect, it } from 'vitest';
import { parseIppUri } from '../../../../relay/ipp-client/target.ts';

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
