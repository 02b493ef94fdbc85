import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../doubles/any-character.ts';
import { contentDisposition, plainFileName } from '../../../shared/protocol/content-disposition.ts';

describe('the name of an attachment', () => {
  test('is sent in ASCII and in UTF-8', () => {
    expect(contentDisposition("Müller's 100% 請求.pdf")).toBe(
      `attachment; filename="M_ller's 100_ __.pdf"; filename*=UTF-8''M%C3%BCller%27s%20100%25%20%E8%AB%8B%E6%B1%82.pdf`,
    );
  });

  test('stays a harmless header of limited length, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 2000 }), name => {
        const header = contentDisposition(plainFileName(name, 75));

        expect(header).toMatch(/^attachment; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]*"; filename\*=UTF-8''[\w.~!%-]*$/);
        expect(header.length).toBeLessThan(400);
      }),
    );
  });
});
