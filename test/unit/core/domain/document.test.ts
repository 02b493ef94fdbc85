import { expect, test } from 'vitest';
import { formatOfFile } from '../../../../shared/core/domain/document.ts';

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
