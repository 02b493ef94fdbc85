import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CertificatePins, type Pin } from '../../../../relay/ipp-client/certificate-pins.ts';

describe('the pins', () => {
  const [first, second] = ['AA:'.repeat(31), 'BB:'.repeat(31)];
  const changed = expect.objectContaining({ reason: 'printer-certificate-changed', sent: 'nothing' });

  function openPins() {
    const folder = mkdtempSync(join(tmpdir(), 'platen-pins-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'pins.json');
    const kept = () => JSON.parse(readFileSync(path, 'utf8')) as Pin[];
    return { path, kept, pins: new CertificatePins(path) };
  }
  const errorOf = (work: () => void): unknown => {
    try {
      work();
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it('are kept for each address, readable by their user alone', () => {
    const { pins, path, kept } = openPins();

    pins.check('a:631', first);
    pins.check('b:631', second);
    pins.check('a:631', first);

    expect(kept()).toEqual([
      { authority: 'a:631', fingerprint: first, since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      { authority: 'b:631', fingerprint: second, since: expect.any(String) },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(errorOf(() => pins.check('a:631', second))).toEqual(changed);
  });

  it('say which printer is at an address, and are written only when that is new', () => {
    const { pins, path, kept } = openPins();
    pins.identify('a:631', 'urn:uuid:1');
    pins.check('a:631', first);
    pins.check('b:631', second);
    pins.identify('a:631', 'urn:uuid:1');
    const before = statSync(path, { bigint: true }).ino;

    pins.identify('a:631', 'urn:uuid:1');

    expect(kept().map(({ printerUuid }) => printerUuid)).toEqual(['urn:uuid:1', undefined]);
    expect(statSync(path, { bigint: true }).ino).toBe(before);
    expect(String(errorOf(() => pins.check('a:631', second)))).toContain('the printer urn:uuid:1 has shown');
  });

  it('follow a printer with its certificate to another address', () => {
    const { pins, kept } = openPins();
    for (const authority of ['a:631', 'b:631']) {
      pins.check(authority, first);
      pins.identify(authority, 'urn:uuid:1');
    }

    expect(kept().map(({ authority, printerUuid }) => [authority, printerUuid])).toEqual([
      ['a:631', 'urn:uuid:1'],
      ['b:631', 'urn:uuid:1'],
    ]);
  });

  it('do not take in another certificate for a printer that is known elsewhere', () => {
    const { pins, kept } = openPins();
    pins.check('a:631', first);
    pins.identify('a:631', 'urn:uuid:1');
    pins.check('b:631', second);

    expect(errorOf(() => pins.identify('b:631', 'urn:uuid:1'))).toEqual(changed);
    expect(kept().map(({ authority }) => authority)).toEqual(['a:631']);
  });

  it('forget an address and its printer alone', () => {
    const { pins, kept } = openPins();
    for (const authority of ['a:631', 'b:631', 'c:631', 'd:631']) pins.check(authority, first);
    for (const authority of ['a:631', 'b:631']) pins.identify(authority, 'urn:uuid:1');

    pins.trust('a:631');
    const left = kept().map(({ authority }) => authority);
    pins.trust('c:631');

    expect(left).toEqual(['c:631', 'd:631']);
    expect(kept().map(({ authority }) => authority)).toEqual(['d:631']);
  });

  it('are read anew before a certificate is refused', () => {
    const { pins, path } = openPins();
    pins.check('a:631', first);
    const other = new CertificatePins(path);
    other.trust('a:631');
    other.check('a:631', second);

    expect(errorOf(() => pins.check('a:631', second))).toBeUndefined();
    expect(errorOf(() => pins.check('a:631', first))).toEqual(changed);
  });

  it('name a file that is damaged', () => {
    const { path } = openPins();
    writeFileSync(path, '{"torn');

    expect(() => new CertificatePins(path)).toThrow(`The file ${path} is damaged.`);
    expect(() => new CertificatePins(join(path, 'below-a-file'))).toThrow('ENOTDIR');
  });

  it('last as long as the process without a file', () => {
    const pins = new CertificatePins();
    pins.check('a:631', first);

    expect(errorOf(() => pins.check('a:631', second))).toEqual(changed);
    expect(errorOf(() => pins.check('a:631', first))).toBeUndefined();
  });
});
