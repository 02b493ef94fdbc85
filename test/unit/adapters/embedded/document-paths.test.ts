import { join, relative } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyCharacter } from '../../../../doubles/any-character.ts';
import { documentPath, keyOf } from '../../../../shared/adapters/embedded/documents/document-paths.ts';

const root = '/data/documents';

test.each([
  '../../etc/passwd',
  '..',
  '.',
  '/etc/passwd',
  'companies/c/../../../x',
  'companies/c/..%2f..%2fx',
  'a//b/',
  '/',
  'a\0b',
  'C:\\windows\\x',
  'a/./b',
])('%j stays below the root, with harmless names', key => {
  const path = documentPath(root, key);

  const names = relative(root, path).split('/');
  expect(join(root, ...names)).toBe(path);
  for (const name of names) expect(name).toMatch(/^[a-z0-9_%-]+(\.doc)?$/);
  expect(keyOf(relative(root, path))).toBe(key);
});

test('every key that S3 accepts has its own file and can be recovered from its path', () => {
  const key = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 }).filter(text => text.isWellFormed());

  fc.assert(
    fc.property(key, key, (one, other) => {
      const [first, second] = [documentPath(root, one), documentPath(root, other)];
      expect(first.startsWith(`${root}/`)).toBe(true);
      expect(keyOf(relative(root, first))).toBe(one);
      expect(first.toLowerCase() === second.toLowerCase()).toBe(one === other);
    }),
  );
});

test.each(['', 'x'.repeat(1025), 'é'.repeat(200), '\ud800'])('%j is not a valid key', key => {
  expect(() => documentPath(root, key)).toThrow('Invalid document key');
});
