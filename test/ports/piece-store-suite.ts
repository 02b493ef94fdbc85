import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Harness } from '../../doubles/harness.ts';
import { contentOf, expectBytes, someBytes, someCompany, someSession } from '../../doubles/samples.ts';
import {
  layOut,
  type Piece,
  runsByWindow,
  type UploadSession,
  windowOctets,
} from '../../shared/core/domain/upload-session.ts';
import type { DocumentStore, Part, PieceStore } from '../../shared/core/ports/index.ts';

type PieceHarness = Harness & { pieces: PieceStore; documents: DocumentStore };

export function pieceStoreSuite(name: string, open: () => Promise<PieceHarness>): void {
  describe(`piece store: ${name}`, () => {
    let harness: PieceHarness;
    let pieces: PieceStore;
    let sessions: UploadSession[] = [];

    beforeAll(async () => {
      harness = await open();
      pieces = harness.pieces;
    });
    afterEach(async () => {
      for (const session of sessions.splice(0)) await pieces.deleteAll(session);
      expect(await harness.leftBehind()).toEqual([]);
    });
    afterAll(() => harness.close());

    const begin = () => {
      const session = someSession(someCompany());
      sessions = [...sessions, session];
      return session;
    };
    const byOrdinal = (list: Piece[]) => list.toSorted((a, b) => a.ordinal - b.ordinal);
    const read = async (session: UploadSession, piece: Piece) => Buffer.from(await pieces.read(session, piece));

    test('stores pieces of any size at any offset, overlapping or not, by their ordinals', async () => {
      const session = begin();
      const list = [
        { offset: 500, octets: 100, ordinal: 1 },
        { offset: 0, octets: 550, ordinal: 2 },
        { offset: 2 * windowOctets - 1, octets: 1, ordinal: 3 },
        { offset: 500, octets: 100, ordinal: 4 },
        { offset: 2_000_000_000, octets: 700_000, ordinal: 5 },
      ];

      for (const piece of list) await pieces.put(session, piece, someBytes(piece.octets, piece.ordinal));

      expect(byOrdinal(await pieces.list(session))).toEqual(list);
      for (const piece of list) expectBytes(await read(session, piece), someBytes(piece.octets, piece.ordinal));
    });

    test('lists those of one window', async () => {
      const session = begin();
      const place = (offset: number, ordinal: number) => ({ offset, octets: 1, ordinal });
      const [last, first, second] = [place(windowOctets - 1, 1), place(windowOctets, 2), place(12 * windowOctets, 3)];
      for (const piece of [last, first, second]) await pieces.put(session, piece, Buffer.from('x'));

      expect(await pieces.list(session, 0)).toEqual([last]);
      expect(await pieces.list(session, 1)).toEqual([first]);
      expect(await pieces.list(session, 12)).toEqual([second]);
      expect(await pieces.list(session, 2)).toEqual([]);
    });

    test('lists a repeated piece once', async () => {
      const session = begin();
      const piece = { offset: 7, octets: 3, ordinal: 9 };

      await pieces.put(session, piece, Buffer.from('abc'));
      await pieces.put(session, piece, Buffer.from('abc'));

      expect(await pieces.list(session)).toEqual([piece]);
      expectBytes(await read(session, piece), Buffer.from('abc'));
    });

    test('accepts many at once, and lists each as soon as it is acknowledged', async () => {
      const session = begin();
      const octets = 40_000;

      await Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const piece = { offset: index * octets, octets, ordinal: index + 1 };
          await pieces.put(session, piece, someBytes(octets, index));
          expect(await pieces.list(session)).toContainEqual(piece);
        }),
      );

      const list = byOrdinal(await pieces.list(session));
      expect(list).toHaveLength(60);
      for (const [index, piece] of list.entries()) expectBytes(await read(session, piece), someBytes(octets, index));
    });

    test('keeps sessions apart', async () => {
      const [session, other] = [begin(), begin()];
      const piece = { offset: 0, octets: 4, ordinal: 1 };
      await pieces.put(session, piece, Buffer.from('mine'));
      await pieces.put(other, piece, Buffer.from('its.'));

      await pieces.deleteAll(other);

      expectBytes(await read(session, piece), Buffer.from('mine'));
      expect(await pieces.list(other)).toEqual([]);
      await expect(pieces.read(other, piece)).rejects.toMatchObject({ code: 'not-found' });
    });

    describe('whose pieces become parts', () => {
      const half = windowOctets / 2;
      const [first, second, end] = [
        { offset: 0, octets: half, ordinal: 1 },
        { offset: half, octets: half, ordinal: 2 },
        { offset: windowOctets, octets: 3000, ordinal: 3 },
      ];
      const bytesOf = (piece: Piece) => someBytes(piece.octets, piece.ordinal);

      const beginUpload = async (...list: Piece[]) => {
        const session = begin();
        const multipartId = await harness.documents.createMultipart(session.key, windowOctets);
        for (const piece of list) await pieces.put(session, piece, bytesOf(piece));
        return { ...session, multipartId };
      };
      /** Composes the listed pieces, one part a window. */
      const compose = async (session: UploadSession) => {
        const windows = [...runsByWindow(layOut(await pieces.list(session)))];
        return await Promise.all(
          windows.map(async ([window, runs]) => {
            const octets = (runs.at(-1)?.to ?? 0) - window * windowOctets;
            return { part: window + 1, etag: await pieces.compose(session, window + 1, runs), octets };
          }),
        );
      };
      const complete = async ({ key, multipartId = '' }: UploadSession, parts: Part[]) => {
        const outcome = await harness.documents.completeMultipart(key, multipartId, parts);
        const content = await contentOf(await harness.documents.read(key));
        await harness.documents.delete([key]);
        expect(outcome).toEqual({ octets: content?.length });
        return content;
      };

      test('composes the document, from several pieces a part and from one', async () => {
        const session = await beginUpload(second, end, first);

        const parts = await compose(session);

        expect(await harness.documents.parts(session.key, session.multipartId)).toEqual(parts);
        expectBytes(await complete(session, parts), Buffer.concat([first, second, end].map(bytesOf)));
      });

      test('uses the later octets where pieces overlap, also if a part was composed before they arrived', async () => {
        const over = { offset: half - 10, octets: 2000, ordinal: 4 };
        const [inEnd, repeat] = [
          { offset: windowOctets + 100, octets: 50, ordinal: 5 },
          { ...second, ordinal: 2 },
        ];
        const session = await beginUpload(first, second, end);
        await compose(session);
        await pieces.put(session, over, bytesOf(over));
        await pieces.put(session, inEnd, bytesOf(inEnd));
        await pieces.put(session, repeat, bytesOf(repeat));

        const expected = Buffer.concat([first, second, end].map(bytesOf));
        for (const piece of [over, inEnd]) expected.set(bytesOf(piece), piece.offset);
        expectBytes(await complete(session, await compose(session)), expected);
      });

      test('returns the same etag if nothing has changed', async () => {
        const session = await beginUpload(first, second);

        const parts = await compose(session);
        expect(await compose(session)).toEqual(parts);

        expectBytes(await complete(session, parts), Buffer.concat([first, second].map(bytesOf)));
      });

      test('does not change the document after it is complete', async () => {
        const late = { offset: 2 * windowOctets, octets: 5000, ordinal: 9 };
        const session = await beginUpload(first, second, end);
        const { key, multipartId } = session;
        await harness.documents.completeMultipart(key, multipartId, await compose(session));

        await pieces.put(session, late, bytesOf(late)).catch(error => expect(error.code).toBe('conflict'));
        await pieces.put(session, { ...first, ordinal: 10 }, bytesOf(end)).catch(() => undefined);

        const content = await contentOf(await harness.documents.read(key));
        await harness.documents.delete([key]);
        expectBytes(content, Buffer.concat([first, second, end].map(bytesOf)));
      });

      test('composes nothing after an abort', async () => {
        const session = await beginUpload(first, second);
        await harness.documents.abortMultipart(session.key, session.multipartId);

        await expect(compose(session)).rejects.toMatchObject({ code: 'not-found' });
      });
    });

    test('serves more sessions than it keeps files open', async () => {
      const many = Array.from({ length: 90 }, begin);
      const piece = { offset: 0, octets: 1000, ordinal: 1 };

      await Promise.all(many.map((session, index) => pieces.put(session, piece, someBytes(1000, index))));
      const later = { offset: 1000, octets: 10, ordinal: 2 };
      await Promise.all(many.map((session, index) => pieces.put(session, later, someBytes(10, index))));

      for (const [index, session] of many.entries()) {
        expect(byOrdinal(await pieces.list(session))).toEqual([piece, later]);
        expectBytes(await read(session, piece), someBytes(1000, index));
      }
    });

    test('lists nothing for a session without pieces, and deletes it twice', async () => {
      const session = begin();

      expect(await pieces.list(session)).toEqual([]);
      await expect(pieces.read(session, { offset: 0, octets: 1, ordinal: 1 })).rejects.toMatchObject({
        code: 'not-found',
      });
      await pieces.deleteAll(session);
      await pieces.deleteAll(session);
    });
  });
}
