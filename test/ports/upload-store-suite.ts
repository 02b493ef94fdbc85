import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UploadSession } from '../../shared/domain/upload-session.ts';
import type { UploadStore } from '../../shared/ports.ts';
import { eventually, type Harness } from './harness.ts';
import { someCompany, someSession } from './samples.ts';

export function uploadStoreSuite(name: string, open: () => Promise<Harness & { uploads: UploadStore }>): void {
  describe(`upload store: ${name}`, () => {
    let harness: Harness & { uploads: UploadStore };
    let uploads: UploadStore;

    beforeAll(async () => {
      harness = await open();
      uploads = harness.uploads;
    });
    afterAll(() => harness.close());

    test('creates a session with version 1, everything else as it was', async () => {
      const session = someSession(someCompany());

      expect(await uploads.create(session)).toEqual({ ...session, version: 1 });
      expect(await uploads.get(session.id)).toEqual({ ...session, version: 1 });
      expect(await uploads.get(someSession(session.companyId).id)).toBeUndefined();
    });

    test('gives each of many at once an ordinal of its own and counts all octets', async () => {
      const { id } = await uploads.create(someSession(someCompany()));

      const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => uploads.nextOrdinal(id, index)));

      const ordinals = taken.map(session => session?.ordinal as number).toSorted((a, b) => a - b);
      expect(ordinals).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(await uploads.get(id)).toMatchObject({ ordinal: 20, stagedOctets: 190, version: 1 });
    });

    test('gives no ordinal of a session that is not open or not there', async () => {
      const session = await uploads.create(someSession(someCompany()));
      await uploads.save({ ...session, state: 'completed' });

      expect(await uploads.nextOrdinal(session.id, 1)).toBeUndefined();
      expect(await uploads.nextOrdinal(someSession(session.companyId).id, 1)).toBeUndefined();
      expect(await uploads.get(session.id)).toMatchObject({ ordinal: 0, stagedOctets: 0 });
    });

    test('saves over the version that was read, whatever ordinals were taken meanwhile', async () => {
      const session = await uploads.create(someSession(someCompany()));
      await uploads.nextOrdinal(session.id, 10);

      const saved = await uploads.save({ ...session, multipartId: 'm1' });

      const expected = { ...session, multipartId: 'm1', ordinal: 1, stagedOctets: 10, version: 2 };
      expect(saved).toEqual({ saved: expected });
      expect(await uploads.get(session.id)).toEqual(expected);
    });

    test('writes nothing over another version and answers what is there', async () => {
      const session = await uploads.create(someSession(someCompany()));
      await uploads.save({ ...session, multipartId: 'm1' });

      const refused = await uploads.save({ ...session, multipartId: 'm2' });

      expect(refused).toEqual({ conflict: { ...session, multipartId: 'm1', version: 2 } });
      expect(await uploads.save(someSession(session.companyId, { version: 1 }))).toEqual({ conflict: undefined });
    });

    test('keeps composed parts by number, the last word winning', async () => {
      const { id } = await uploads.create(someSession(someCompany()));
      const other = await uploads.create(someSession(someCompany()));

      await uploads.recordPart(id, { part: 10, etag: '"a"', madeOf: '0-5@0.1' });
      await uploads.recordPart(id, { part: 2, etag: '"b"', madeOf: '5-9@5.2' });
      await uploads.recordPart(id, { part: 10, etag: '"c"', madeOf: '0-5@0.3' });

      const parts = await uploads.composedParts(id);
      expect(parts.toSorted((a, b) => a.part - b.part)).toEqual([
        { part: 2, etag: '"b"', madeOf: '5-9@5.2' },
        { part: 10, etag: '"c"', madeOf: '0-5@0.3' },
      ]);
      expect(await uploads.composedParts(other.id)).toEqual([]);
    });

    test('finds open sessions whose time is over, and no others', async () => {
      const company = someCompany();
      const session = (changes: Partial<UploadSession>) => uploads.create(someSession(company, changes));
      const old = await session({ expiresAt: 1000 });
      await session({ expiresAt: 9000 });
      const ended = await session({ expiresAt: 1000 });
      const prolonged = await session({ expiresAt: 1000 });
      await uploads.save({ ...ended, state: 'aborted' });
      await uploads.save({ ...prolonged, expiresAt: 9000 });

      await eventually(async () => {
        const expired = await uploads.expired(5000, 1000);
        const mine = expired.filter(found => found.companyId === company);
        expect(mine.map(found => found.id)).toEqual([old.id]);
      });
      expect((await uploads.expired(9001, 1)).length).toBe(1);
    });
  });
}
