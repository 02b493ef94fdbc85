import { expect, test } from 'vitest';
import { someCompany } from '../../../../doubles/samples.ts';
import {
  companyPrefixes,
  documentKey,
  extensionOf,
  formatOfFile,
  isPrinterLanguage,
  outputKey,
  putFileKey,
  sniffFormat,
} from '../../../../shared/core/domain/document.ts';

test.each([
  ['a.pdf', 'application/pdf', 'application/pdf'],
  ['a.html', 'application/pdf', 'application/pdf'],
  ['a.json', 'text/plain', 'application/json'],
  ['a.HTML', 'text/plain', 'text/html'],
  ['a.csv', 'text/plain', 'text/csv'],
  ['a.txt', 'text/plain', 'text/plain'],
  ['a.pdf', 'text/plain', 'text/plain'],
  ['a.zip', 'application/octet-stream', 'application/zip'],
  ['a.html', 'application/octet-stream', 'application/octet-stream'],
  ['a', 'application/octet-stream', 'application/octet-stream'],
])('%s that looks like %s is reported as %s', (name, sniffed, expected) => {
  expect(formatOfFile(name, sniffed)).toBe(expected);
});

const [zpl, pcl] = ['application/vnd.zebra-zpl', 'application/vnd.hp-pcl'];
test.each([
  ['^XA^FDx^FS^XZ', zpl],
  ['CT~~CD,~CC^~CT~\r\n^XA~TA000^FDx^FS^XZ', zpl],
  ['~SD20\r\n^XA^FDx^FS^XZ', zpl],
  ['\r\n^XA^FDx^FS^XZ', zpl],
  ['\u00ef\u00bb\u00bf^XA^XZ', zpl],
  ['\u0024{^XA^FDx^FS^XZ}$', zpl],
  ['~DGR:LOGO.GRF,00080,010,FFFF', zpl],
  ['\x04%!PS-Adobe-3.0', 'application/postscript'],
  ['\u00ef\u00bb\u00bf%!PS', 'application/postscript'],
  ['\x1bE\x1b&l0O', pcl],
  ['\x1b&l2A', pcl],
  ['\x1b%-12345X@PJL JOB', 'application/vnd.hp-pjl'],
  ['@PJL ENTER LANGUAGE=PCL', 'application/vnd.hp-pjl'],
  ['\x1b@receipt\n', 'application/vnd.epson.escpos'],
  ['\nN\nA50,0,0,1,1,1,N,"x"\nP1\n', 'application/vnd.zebra-epl'],
  ['A letter about ^XA and ~SD20', 'text/plain'],
  ['No news\n', 'text/plain'],
  ['~ tilde', 'text/plain'],
])('the octets %j are %s', (text, format) => {
  expect(sniffFormat(Buffer.from(text, 'latin1'))).toBe(format);
});

test.each([
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff\xe0', 'image/jpeg'],
  ['GIF89a', 'image/gif'],
  ['II*\0', 'image/tiff'],
  ['MM\0*', 'image/tiff'],
  ['RaS2', 'image/pwg-raster'],
  ['UNIRAST\0', 'image/urf'],
  ['\0\0\0\x1cftypavif', 'image/avif'],
  ...['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1'].map(brand => [`\0\0\0\x1cftyp${brand}`, 'image/heic']),
  ['\0\0\0\x1cftypmp42', 'application/octet-stream'],
  ['RIFF\x10\0\0\0WEBP', 'image/webp'],
  ['RIFF\x10\0\0\0WAVE', 'application/octet-stream'],
  ['WEBPRIFF', 'text/plain'],
  ['%PDF-1.7', 'application/pdf'],
  ['some lines before\n%PDF-1.7', 'application/pdf'],
  [`${' '.repeat(1019)}%PDF-1.7`, 'application/pdf'],
  [`${' '.repeat(1020)}%PDF-1.7`, 'text/plain'],
  [') HP-PCL XL;1;1', 'application/vnd.hp-pclxl'],
  ['a\tb\r\n\x1b[1mc\x0c', 'text/plain'],
  ['a\x07b', 'application/octet-stream'],
  ['a\0', 'application/octet-stream'],
  ['a\x1c', 'application/octet-stream'],
  ['a\x0e', 'application/octet-stream'],
  ['', 'application/octet-stream'],
  [`${'a'.repeat(1024)}\0`, 'text/plain'],
  ['N\r\nA50,0\n', 'application/vnd.zebra-epl'],
  ['N\nThe letter', 'text/plain'],
  ['@PJLX', 'text/plain'],
  ['~DYR:LOGO', 'application/vnd.zebra-zpl'],
  ['^FX a comment ^XA', 'application/vnd.zebra-zpl'],
] as [string, string][])('the octets %j are %s', (text, format) => {
  expect(sniffFormat(Buffer.from(text, 'latin1'))).toBe(format);
});

test('octets are read from their own place in a larger buffer', () => {
  const whole = Buffer.from('GIF8%PDF-1.7');

  expect(sniffFormat(whole.subarray(4))).toBe('application/pdf');
});

test('a printer language is sent as it is', () => {
  const formats = [zpl, pcl, 'text/plain', 'application/octet-stream'];
  const pages = ['application/pdf', 'text/html', 'image/png', 'image/urf'];

  expect([...formats, ...pages].filter(isPrinterLanguage)).toEqual(formats);
});

test('the name of a file refines what its octets leave open, by its last extension', () => {
  expect(formatOfFile('a.pdf.csv', 'text/plain')).toBe('text/csv');
  expect(formatOfFile('acsv', 'text/plain')).toBe('text/plain');
  expect(formatOfFile('a.csv ', 'text/plain')).toBe('text/plain');
  expect(formatOfFile('a.verylongending', 'application/octet-stream')).toBe('application/octet-stream');
  expect(formatOfFile('a.zpl', 'application/octet-stream')).toBe('application/vnd.zebra-zpl');
  expect([extensionOf('application/json'), extensionOf('application/x-unknown')]).toEqual(['json', '']);
});

test('every key of a company begins with one of its prefixes, and with none of another', () => {
  const [company, other] = [someCompany(), someCompany()];
  const keys = [documentKey(company, 't'), putFileKey(company, 'u' as never), outputKey(company, 'j' as never, 't')];
  const isUnder = (prefixes: string[]) => keys.filter(key => prefixes.some(prefix => key.startsWith(prefix)));

  expect(isUnder(companyPrefixes(company))).toEqual(keys);
  expect(isUnder(companyPrefixes(other))).toEqual([]);
  expect(new Set(keys).size).toBe(3);
});
