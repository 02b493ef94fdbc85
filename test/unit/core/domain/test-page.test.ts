import { describe, expect, it } from 'vitest';
import type { Device } from '../../../../shared/core/domain/printer.ts';
import { testPageHtml, testPageLanguage, testPageText, testPageZpl } from '../../../../shared/core/domain/test-page.ts';

const device = (scheme: string, formats?: string[]): Device => ({
  ...{ deviceId: 'laser', scheme, state: 'idle', stateReasons: [] },
  attributes: { 'document-format-supported': formats },
});
const zpl = 'application/vnd.zebra-zpl';
const facts = {
  ...{ printer: 'office:laser', name: 'Größe_1', location: 'Büro & <b>', company: 'Acme' },
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
};
const lines = [
  'Name: Größe_1',
  'Printer: office:laser',
  'Location: Büro & <b>',
  'Company: Acme',
  'Sent: 2026-01-02 03:04:05 UTC',
];

it.each<[string | undefined, Device | undefined]>([
  ['pdf', undefined],
  ['pdf', device('ipp')],
  ['pdf', device('file')],
  ['text', device('socket')],
  ['text', device('lpd')],
  ['pdf', device('socket', ['application/pdf', zpl])],
  ['pdf', device('ipp', ['image/urf', zpl])],
  ['zpl', device('ipp', [zpl, 'text/plain'])],
  ['text', device('ipp', ['text/plain'])],
  ['pdf', device('ipp', ['application/octet-stream'])],
  ['text', device('ipp', ['application/octet-stream', 'image/png'])],
  [undefined, device('ipp', ['image/png'])],
])('the test page is %s of a printer %j', (language, printer) => {
  expect(testPageLanguage(printer)).toBe(language);
});

describe('the test page', () => {
  it('has its lines in HTML, and a ruler of ten centimetres', () => {
    const html = testPageHtml(facts);
    const escaped = lines.map(line => line.replace('& <b>', '&#38; &#60;b&#62;'));

    expect(Array.from(html.matchAll(/<p dir="auto">(.*?)<\/p>/g), ([, line]) => line)).toEqual(escaped);
    expect(Array.from(html.matchAll(/left:(\d+)cm/g), ([, at]) => Number(at))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(html).toContain('width: 10cm');
    expect(testPageHtml({ ...facts, name: '"' })).toContain('Name: &#34;');
  });

  it('has its lines in ZPL, one below the other, without commands of others', () => {
    const rows = testPageZpl(facts).split('\n');
    const fields = rows.slice(2, -2);

    expect([rows.slice(0, 2), rows.slice(-2)]).toEqual([
      ['^XA', '^CI28'],
      ['^XZ', ''],
    ]);
    expect(fields.map(field => /\^FO20,(\d+)\^A0N,28,28\^FH\^FD(.*)\^FS$/.exec(field)?.[1])).toEqual([
      '20',
      '56',
      '92',
      '128',
      '164',
      '200',
    ]);
    const texts = fields.map(field => /\^FD(.*)\^FS/.exec(field)?.[1] ?? '');
    const plain = texts.map(text =>
      Buffer.from(
        text.replace(/_([0-9a-f]{2})/g, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      ).toString(),
    );
    expect(plain).toEqual(['Test page', ...lines]);
    expect(texts.join('')).toMatch(/^[\w ():.,-]*$/);
  });

  it('has its lines in ASCII, ended by a form feed', () => {
    const rows = testPageText(facts).split('\r\n');

    expect(rows).toEqual([
      'Test page',
      '',
      'Name: Gro?e_1',
      lines[1],
      'Location: Buro & <b>',
      lines[3],
      lines[4],
      '\f',
    ]);
  });

  it('does not name a printer twice', () => {
    const [first] = testPageText({ ...facts, name: 'x' }).split('Name: x\r\n');

    for (const name of ['', facts.printer])
      expect(testPageText({ ...facts, name }).startsWith(`${first}Printer:`)).toBe(true);
  });
});
