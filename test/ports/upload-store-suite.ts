import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Harness } from '../../doubles/harness.ts';
import { ampleQuota, someCompany, someSession, storedSession } from '../../doubles/samples.ts';
import type { CompanyId, UploadId } from '../../shared/core/domain/ids.ts';
import type { UploadSession } from '../../shared/core/domain/upload-session.ts';
import type { UploadStore } from '../../shared/core/ports/index.ts';

export function uploadStoreSuite(name: string, open: () => Promise<Harness & { uploads: UploadStore }>): void {
  describe(`upload store: ${name}`, () => {
    let harness: Harness & { uploads: UploadStore };
    let uploads: UploadStore;

    beforeAll(async () => {
      harness = await open();
      uploads = harness.uploads;
    });
    afterAll(() => harness.close());

    const stored = (session: UploadSession) => storedSession(uploads, session);
    const nextOrdinal = async (id: UploadId, octets: number) => {
      const companyId = (await uploads.get(id))?.companyId ?? someCompany();
      return await uploads.nextOrdinal(id, octets, companyId);
    };
    const taken = async (id: UploadId, octets: number) => (await nextOrdinal(id, octets)) as UploadSession;

    test('stores a session with version 1, its other fields unchanged', async () => {
      const session = someSession(someCompany());

      expect(await stored(session)).toEqual({ ...session, version: 1 });
      expect(await uploads.get(session.id)).toEqual({ ...session, version: 1 });
      expect(await uploads.get(someSession(session.companyId).id)).toBeUndefined();
    });

    test('assigns each of many concurrent segments its own ordinal and counts all octets', async () => {
      const { id } = await stored(someSession(someCompany()));

      const all = await Promise.all(Array.from({ length: 20 }, (_, index) => taken(id, index)));

      const ordinals = all.map(session => session.ordinal).toSorted((a, b) => a - b);
      expect(ordinals).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(await uploads.get(id)).toMatchObject({ ordinal: 20, stagedOctets: 190, version: 1 });
    });

    test('assigns no ordinal for a session that is missing or not open', async () => {
      const session = await stored(someSession(someCompany()));
      await uploads.save({ ...session, state: 'completed' });

      expect(await nextOrdinal(session.id, 1)).toBeUndefined();
      expect(await nextOrdinal(someSession(session.companyId).id, 1)).toBeUndefined();
      expect(await uploads.get(session.id)).toMatchObject({ ordinal: 0, stagedOctets: 0 });
    });

    test("gives no ordinal and counts nothing of another company's session, whether or not there is room", async () => {
      const session = await stored(someSession(someCompany()));

      expect(await uploads.nextOrdinal(session.id, 1, someCompany())).toBeUndefined();
      expect(await uploads.nextOrdinal(session.id, session.reservedOctets + 1, someCompany())).toBeUndefined();
      expect(await uploads.get(session.id)).toMatchObject({ ordinal: 0, stagedOctets: 0 });
    });

    test.each(['closing', 'closed'] as const)(
      'assigns no ordinal and reserves nothing for a session that is %s, until it is open again',
      async state => {
        const session = await stored(someSession(someCompany()));
        await taken(session.id, 10);

        const { saved } = (await uploads.save({ ...session, state })) as { saved: UploadSession };
        const meanwhile = [await nextOrdinal(session.id, 1), await uploads.reserve(saved, 2_000_000, ampleQuota)];
        const seen = await uploads.get(session.id);
        await uploads.save({ ...saved, state: 'open' });

        expect(meanwhile).toEqual([undefined, undefined]);
        expect(seen).toEqual({ ...session, state, ordinal: 1, stagedOctets: 10, version: 2 });
        expect(await taken(session.id, 5)).toMatchObject({ state: 'open', ordinal: 2, stagedOctets: 15, version: 3 });
      },
    );

    test('reopens or continues for one of those that read the same version', async () => {
      const session = await stored(someSession(someCompany()));
      const { saved } = (await uploads.save({ ...session, state: 'closing' })) as { saved: UploadSession };

      const outcomes = await Promise.all(
        (['open', 'closed', 'completed'] as const).map(state => uploads.save({ ...saved, state })),
      );

      const [first, ...others] = outcomes.flatMap(outcome => ('saved' in outcome ? [outcome.saved] : []));
      expect(others).toEqual([]);
      expect(await uploads.get(session.id)).toEqual(first);
      expect(first).toMatchObject({ version: 3 });
    });

    test('saves over the version that was read, regardless of ordinals taken meanwhile', async () => {
      const session = await stored(someSession(someCompany()));
      await nextOrdinal(session.id, 10);

      const saved = await uploads.save({ ...session, multipartId: 'm1' });

      const expected = { ...session, multipartId: 'm1', ordinal: 1, stagedOctets: 10, version: 2 };
      expect(saved).toEqual({ saved: expected });
      expect(await uploads.get(session.id)).toEqual(expected);
    });

    test('writes nothing over another version and returns the stored session', async () => {
      const session = await stored(someSession(someCompany()));
      await uploads.save({ ...session, multipartId: 'm1' });

      const refused = await uploads.save({ ...session, multipartId: 'm2' });

      expect(refused).toEqual({ conflict: { ...session, multipartId: 'm1', version: 2 } });
      expect(await uploads.save(someSession(session.companyId, { version: 1 }))).toEqual({ conflict: undefined });
    });

    test('records composed parts by number; the last write wins', async () => {
      const { id } = await stored(someSession(someCompany()));
      const other = await stored(someSession(someCompany()));

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

    describe('under a quota', () => {
      const quota = { documentOctets: 1e9, openSessions: 3, octetsInFlight: 1000 };
      const sessionOf = (companyId: CompanyId, reservedOctets: number, changes: Partial<UploadSession> = {}) =>
        someSession(companyId, { reservedOctets, ...changes });
      const create = (session: UploadSession) => uploads.create(session, quota);
      const created = async (session: UploadSession) => (await create(session)) as UploadSession;

      test('opens the allowed number of sessions and no more, until one of them ends', async () => {
        const company = someCompany();
        const open = [];
        for (let count = 0; count < 3; count++) open.push(await created(sessionOf(company, 10)));

        const refused = sessionOf(company, 10);
        expect(await create(refused)).toBe('too-many-sessions');
        expect(await uploads.get(refused.id)).toBeUndefined();
        expect(await create(sessionOf(someCompany(), 10))).toMatchObject({ version: 1 });
        await uploads.save({ ...(open[0] as UploadSession), state: 'completed' });
        expect(await create(sessionOf(company, 10))).toMatchObject({ version: 1 });
        expect(await create(sessionOf(company, 10))).toBe('too-many-sessions');
      });

      test('reserves the allowed octets and no more, until a session ends', async () => {
        const company = someCompany();
        const first = await created(sessionOf(company, 700));

        expect(await create(sessionOf(company, 1001))).toBe('too-many-octets');
        expect(await create(sessionOf(company, 301))).toBe('too-many-octets');
        expect(await create(sessionOf(company, 300))).toMatchObject({ reservedOctets: 300 });
        await uploads.save({ ...first, state: 'aborted' });
        expect(await create(sessionOf(company, 700))).toMatchObject({ reservedOctets: 700 });
      });

      test('releases the quota of a session once, however often it ends', async () => {
        const company = someCompany();
        const session = await created(sessionOf(company, 600));

        await Promise.all([1, 2, 3].map(() => uploads.save({ ...session, state: 'expired' })));
        await uploads.save({ ...session, state: 'aborted' });

        expect(await create(sessionOf(company, 1000))).toMatchObject({ version: 1 });
        expect(await create(sessionOf(company, 1))).toBe('too-many-octets');
      });

      test.each(['closing', 'closed'] as const)('counts one that is %s until it has ended', async state => {
        const company = someCompany();
        const session = await created(sessionOf(company, 900));

        const { saved } = (await uploads.save({ ...session, state })) as { saved: UploadSession };
        const refused = await create(sessionOf(company, 101));
        await uploads.save({ ...saved, state: 'completed' });

        expect(refused).toBe('too-many-octets');
        expect(await create(sessionOf(company, 1000))).toMatchObject({ version: 1 });
      });

      test('counts each of many concurrent sessions', async () => {
        const company = someCompany();

        const outcomes = await Promise.all(Array.from({ length: 6 }, () => create(sessionOf(company, 10))));

        expect(outcomes.filter(outcome => typeof outcome === 'object')).toHaveLength(3);
        expect(outcomes.filter(outcome => outcome === 'too-many-sessions')).toHaveLength(3);
      });

      test('does not count sessions that are not open', async () => {
        const company = someCompany();

        for (let count = 0; count < 5; count++) await created(sessionOf(company, 900, { state: 'completed' }));

        expect(await create(sessionOf(company, 1000))).toMatchObject({ version: 1 });
      });

      test('accepts no octets beyond the reservation, and the rest after it was raised', async () => {
        const company = someCompany();
        const { id } = await created(sessionOf(company, 100));
        await taken(id, 60);

        expect(await nextOrdinal(id, 41)).toBe('no-room');
        expect(await taken(id, 40)).toMatchObject({ ordinal: 2, stagedOctets: 100 });
        expect(await nextOrdinal(id, 1)).toBe('no-room');
        const reserved = await uploads.reserve((await uploads.get(id)) as UploadSession, 250, quota);

        expect(reserved).toMatchObject({ id, reservedOctets: 250, stagedOctets: 100, version: 1 });
        expect(await taken(id, 150)).toMatchObject({ ordinal: 3, stagedOctets: 250, reservedOctets: 250 });
        expect(await create(sessionOf(company, 751))).toBe('too-many-octets');
        expect(await create(sessionOf(company, 750))).toMatchObject({ version: 1 });
      });

      test('reserves no more than available, only for open sessions, and each request only once', async () => {
        const company = someCompany();
        const session = await created(sessionOf(company, 400));
        const ended = await created(sessionOf(company, 100));
        await uploads.save({ ...ended, state: 'aborted' });

        expect(await uploads.reserve(session, 1001, quota)).toBe('too-many-octets');
        expect(await uploads.reserve(ended, 200, quota)).toBeUndefined();
        expect(await uploads.reserve(session, 1000, quota)).toMatchObject({ reservedOctets: 1000 });
        expect(await uploads.reserve(session, 900, { ...quota, octetsInFlight: 5000 })).toBeUndefined();

        const current = (await uploads.get(session.id)) as UploadSession;
        await uploads.save({ ...current, state: 'aborted' });
        expect(await create(sessionOf(company, 1000))).toMatchObject({ version: 1 });
      });
    });

    describe('under a quota that is large beside its documents', () => {
      const quota = { documentOctets: 10, openSessions: 256, octetsInFlight: 160 };
      const create = (companyId: CompanyId, reservedOctets: number) =>
        uploads.create(someSession(companyId, { reservedOctets }), quota);
      const opened = async (companyId: CompanyId, count: number) =>
        (await Promise.all(Array.from({ length: count }, () => create(companyId, 10)))) as UploadSession[];

      test('is used up to the last octet and not beyond, again and again', async () => {
        const company = someCompany();

        for (let round = 0; round < 2; round++) {
          const open = await opened(company, 16);
          expect(open.filter(outcome => typeof outcome === 'object')).toHaveLength(16);
          expect(await create(company, 1)).toBe('too-many-octets');
          await uploads.save({ ...(open[0] as UploadSession), state: 'aborted' });
          expect(await create(company, 11)).toBe('too-many-octets');
          await Promise.all(open.slice(1).map(session => uploads.save({ ...session, state: 'completed' })));
        }
      });

      test('has room for reservations that are raised, whichever sessions they are of', async () => {
        const company = someCompany();
        const open = await opened(company, 4);

        const raised = [];
        for (const session of open) raised.push((await uploads.reserve(session, 40, quota)) as UploadSession);
        expect(raised).toMatchObject(open.map(({ id }) => ({ id, reservedOctets: 40 })));
        expect(await create(company, 1)).toBe('too-many-octets');

        await Promise.all(raised.map(session => uploads.save({ ...session, state: 'completed' })));
        expect((await opened(company, 16)).filter(outcome => typeof outcome === 'object')).toHaveLength(16);
      });

      test('opens the allowed number of sessions and no more', async () => {
        const company = someCompany();
        const few = { ...quota, openSessions: 128, octetsInFlight: 1e6 };
        const open = () => uploads.create(someSession(company, { reservedOctets: 1 }), few);

        const outcomes = await Promise.all(Array.from({ length: 130 }, open));

        expect(outcomes.filter(outcome => outcome === 'too-many-sessions')).toHaveLength(2);
      });
    });

    test('finds active sessions that have expired, and no others', async () => {
      const company = someCompany();
      const session = (changes: Partial<UploadSession>) => stored(someSession(company, changes));
      const old = await session({ expiresAt: 1000 });
      await session({ expiresAt: 9000 });
      const ended = await session({ expiresAt: 1000 });
      const prolonged = await session({ expiresAt: 1000 });
      const left = [await session({ expiresAt: 1000 }), await session({ expiresAt: 1000 })] as const;
      await uploads.save({ ...left[0], state: 'closing' });
      await uploads.save({ ...left[1], state: 'closed' });
      await uploads.save({ ...ended, state: 'aborted' });
      await uploads.save({ ...prolonged, expiresAt: 9000 });

      await eventually(async () => {
        const expired = await uploads.expired(5000, 1000);
        const mine = expired.filter(found => found.companyId === company);
        expect(mine.map(found => found.id).toSorted()).toEqual([old, ...left].map(({ id }) => id).toSorted());
      });
      expect((await uploads.expired(9001, 1)).length).toBe(1);
    });
  });
}
