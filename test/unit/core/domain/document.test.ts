import { expect, test } from 'vitest';
import { formatOfFile, sniffFormat } from '../../../../shared/core/domain/document.ts';

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
