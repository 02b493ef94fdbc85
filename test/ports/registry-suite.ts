import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Harness } from '../../doubles/harness.ts';
import { office, someCompany, someLocation, somePrinter, someRelay, someToken } from '../../doubles/samples.ts';
import type { Key } from '../../shared/core/domain/company.ts';
import type { CompanyId, JobId } from '../../shared/core/domain/ids.ts';
import type { Location } from '../../shared/core/domain/printer.ts';
import { takenOver } from '../../shared/core/domain/standby.ts';
import type { NameRange, Registry, Saved } from '../../shared/core/ports/index.ts';

export function registrySuite(name: string, open: () => Promise<Harness & { registry: Registry }>): void {
  describe(`registry: ${name}`, () => {
    let harness: Harness & { registry: Registry };
    let registry: Registry;

    beforeAll(async () => {
      harness = await open();
      registry = harness.registry;
    });
    afterAll(() => harness.close());

    /** The rules of every save, for any record. */
    async function checkSaves<T extends { version: number; name: string }>(
      fresh: T,
      save: (thing: T) => Promise<Saved<T>>,
      get: () => Promise<T | undefined>,
    ): Promise<void> {
      expect(await get()).toBeUndefined();
      expect(await save({ ...fresh, version: 3 })).toEqual({ conflict: undefined });
      expect(await get()).toBeUndefined();

      const made = { ...fresh, version: 1 };
      expect(await save(fresh)).toEqual({ saved: made });
      expect(await get()).toEqual(made);
      expect(await save({ ...fresh, name: 'a second first' })).toEqual({ conflict: made });

      const changed = { ...made, name: 'changed', version: 2 };
      expect(await save({ ...made, name: 'changed' })).toEqual({ saved: changed });
      expect(await save({ ...made, name: 'too late' })).toEqual({ conflict: changed });
      expect(await get()).toEqual(changed);
    }

    test('saves companies on their version', async () => {
      const companyId = someCompany();

      await checkSaves(
        { companyId, name: 'Acme', active: true, version: 0 },
        company => registry.saveCompany(company),
        () => registry.getCompany(companyId),
      );
    });

    test('saves locations on their version', async () => {
      const company = someCompany();

      await checkSaves(
        someLocation(company, 'Head Office'),
        location => registry.saveLocation(location),
        () => registry.getLocation(company, 'Head Office'),
      );
    });

    test('lets one of several take-overs of a location win, and keeps both relays', async () => {
      const [company, at] = [someCompany(), 100_000];
      const [first, second] = [someRelay(), someRelay()];
      const offline = { ...someLocation(company, 'office'), relayId: first, online: false };
      const standby = { relayId: second, online: true, lastSeenAt: 1, presenceVersion: 7, since: 1 };
      await registry.saveLocation({ ...offline, standby });
      const read = (await registry.getLocation(company, 'office')) as Location;

      const take = () => registry.saveLocation(takenOver(read, second, at) as Location);
      const outcomes = await Promise.all(Array.from({ length: 8 }, take));

      expect(outcomes.filter(outcome => 'saved' in outcome)).toHaveLength(1);
      expect(await registry.getLocation(company, 'office')).toMatchObject({
        ...{ relayId: second, online: true, presenceVersion: 7, activeSince: at },
        standby: { relayId: first, online: false, since: at },
      });
    });

    test('saves printers on their version', async () => {
      const company = someCompany();

      await checkSaves(
        somePrinter(company, office),
        printer => registry.savePrinter(printer),
        () => registry.getPrinter(company, office),
      );
    });

    test('deletes printers, locations and companies, twice as well as once', async () => {
      const [company, other] = [someCompany(), someCompany()];
      for (const companyId of [company, other]) {
        await registry.saveCompany({ companyId, name: 'Acme', active: true, version: 0 });
        await registry.saveLocation(someLocation(companyId, office.locationId));
        await registry.savePrinter(somePrinter(companyId, office));
        await registry.setCredits(companyId, 5);
      }

      for (const _round of [1, 2]) {
        await registry.deletePrinter(company, office);
        await registry.deleteLocation(company, office.locationId);
        await registry.deleteCompany(company);
      }

      expect(await registry.listPrinters(company)).toEqual([]);
      expect(await registry.listLocations(company)).toEqual([]);
      expect(await registry.remainingCredits(company)).toBeUndefined();
      const ids = (await registry.listCompanies()).map(({ companyId }) => companyId);
      expect(ids).toContain(other);
      expect(ids).not.toContain(company);
      expect(await registry.listPrinters(other)).toHaveLength(1);
      expect(await registry.listLocations(other)).toHaveLength(1);
      expect(await registry.remainingCredits(other)).toBe(5);
    });

    test('lets one of many writers create a printer', async () => {
      const company = someCompany();

      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => registry.savePrinter(somePrinter(company, office))),
      );

      expect(outcomes.filter(outcome => 'saved' in outcome)).toHaveLength(1);
    });

    test('lists a company’s locations and printers, all or of one location', async () => {
      const [company, other] = [someCompany(), someCompany()];
      const names = [
        { locationId: 'a', deviceId: 'x' },
        { locationId: 'a', deviceId: 'y' },
        { locationId: 'a2', deviceId: 'x' },
        { locationId: 'A', deviceId: 'x' },
      ];
      for (const name of names) await registry.savePrinter(somePrinter(company, name));
      for (const locationId of ['a', 'a2']) await registry.saveLocation(someLocation(company, locationId));
      await registry.savePrinter(somePrinter(other, { locationId: 'a', deviceId: 'foreign' }));
      await registry.saveLocation(someLocation(other, 'foreign'));

      const namesOf = (printers: { locationId: string; deviceId: string }[]) =>
        printers.map(printer => `${printer.locationId}:${printer.deviceId}`).toSorted();
      await eventually(async () => {
        expect(namesOf(await registry.listPrinters(company))).toEqual(namesOf(names));
        expect(namesOf(await registry.listPrinters(company, 'a'))).toEqual(['a:x', 'a:y']);
        const locations = await registry.listLocations(company);
        expect(locations.map(location => location.locationId).toSorted()).toEqual(['a', 'a2']);
      });
      expect(await registry.getPrinter(other, { locationId: 'a', deviceId: 'x' })).toBeUndefined();
      expect(await registry.getLocation(other, 'a')).toBeUndefined();
    });

    test('reads ranges of locations and printers, in byte order of their names', async () => {
      const [company, other] = [someCompany(), someCompany()];
      // in UTF-16, which JavaScript compares, the smile is less than the last of them
      const locations = ['A', 'a', 'a-b', 'a2', '\u{1f600}', '\uffee'];
      for (const companyId of [company, other]) {
        for (const locationId of locations) {
          await registry.saveLocation(someLocation(companyId, locationId));
          await registry.savePrinter(somePrinter(companyId, { locationId, deviceId: 'x' }));
        }
      }
      await registry.savePrinter(somePrinter(company, { locationId: 'a', deviceId: 'y' }));

      const locationsIn = async (range?: NameRange) =>
        (await registry.listLocations(company, range)).map(({ locationId }) => locationId);
      const printersIn = async (range: NameRange) =>
        (await registry.printersIn(company, range)).map(({ locationId, deviceId }) => `${locationId}:${deviceId}`);

      expect(await locationsIn()).toEqual(['A', 'a', 'a-b', 'a2', '\uffee', '\u{1f600}']);
      expect(await locationsIn({ from: 'a', to: 'a2' })).toEqual(['a', 'a-b', 'a2']);
      expect(await locationsIn({ from: 'a\0', limit: 2 })).toEqual(['a-b', 'a2']);
      expect(await printersIn({})).toEqual(['A:x', 'a-b:x', 'a2:x', 'a:x', 'a:y', '\uffee:x', '\u{1f600}:x']);
      expect(await printersIn({ from: 'a-b:x\0', limit: 2 })).toEqual(['a2:x', 'a:x']);
      expect(await printersIn({ from: 'a:', to: 'a:\u{10ffff}' })).toEqual(['a:x', 'a:y']);
      expect(await printersIn({ from: '\u{1f600}:x\0' })).toEqual([]);
      expect(await printersIn({ from: '\u{10ffff}x', to: '\u{10ffff}' })).toEqual([]);
    });

    test('keeps keys by digest, replaces and deletes them, and lists them by company', async () => {
      const company = someCompany();
      const key = (changes: Partial<Key> = {}): Key => ({
        digest: someToken(),
        companyId: company,
        name: 'till',
        scopes: ['print'],
        createdAt: 1,
        ...changes,
      });
      const [first, second] = [key(), key({ expiresAt: 9 })];
      await registry.putKey(first);
      await registry.putKey(second);
      await registry.putKey(key({ companyId: someCompany() }));

      await registry.putKey({ ...first, scopes: ['admin'] });
      expect(await registry.getKey(first.digest)).toEqual({ ...first, scopes: ['admin'] });
      const digests = async () => (await registry.listKeys(company)).map(known => known.digest).toSorted();
      await eventually(async () => expect(await digests()).toEqual([first.digest, second.digest].toSorted()));
      await registry.deleteKey(first.digest);
      await registry.deleteKey(first.digest);

      expect(await registry.getKey(first.digest)).toBeUndefined();
      await eventually(async () => expect(await digests()).toEqual([second.digest]));
    });

    test('knows when keys were used last, until they are deleted', async () => {
      const companyId = someCompany();
      const [used, unused, gone] = [someToken(), someToken(), someToken()];
      for (const digest of [used, unused]) {
        await registry.putKey({ digest, companyId, name: 'till', scopes: ['print'], createdAt: 1 });
      }

      await registry.noteKeyUse(used, 5);
      await registry.noteKeyUse(used, 7);
      expect(await registry.keyUses([used, unused, gone])).toEqual(new Map([[used, 7]]));
      expect(await registry.getKey(used)).not.toHaveProperty('lastUsedAt');
      await registry.deleteKey(used);

      expect(await registry.keyUses([used])).toEqual(new Map());
      expect(await registry.keyUses([])).toEqual(new Map());
    });

    test('keeps relays by id', async () => {
      const relay = {
        relayId: someRelay(),
        companyId: someCompany(),
        locationId: 'office',
        createdAt: 1,
        revoked: false,
      };
      await registry.putRelay(relay);
      await registry.putRelay({ ...relay, revoked: true });

      expect(await registry.getRelay(relay.relayId)).toEqual({ ...relay, revoked: true });
      expect(await registry.getRelay(someRelay())).toBeUndefined();
    });

    describe('credits', () => {
      const someJob = () => someToken() as JobId;

      test('have no limit until one is set, and none after it is removed', async () => {
        const company = someCompany();

        expect(await registry.remainingCredits(company)).toBeUndefined();
        expect(await registry.chargeCredits(company, someJob(), 1000)).toBe('charged');
        await registry.setCredits(company, 5);
        expect(await registry.remainingCredits(company)).toBe(5);
        expect(await registry.remainingCredits(someCompany())).toBeUndefined();
        await registry.setCredits(company, undefined);
        expect(await registry.remainingCredits(company)).toBeUndefined();
      });

      test('are taken once for a job, however often it is charged concurrently', async () => {
        const [company, job] = [someCompany(), someJob()];
        await registry.setCredits(company, 10);

        const outcomes = await Promise.all(Array.from({ length: 6 }, () => registry.chargeCredits(company, job, 3)));

        expect(new Set(outcomes)).toEqual(new Set(['charged']));
        expect(await registry.remainingCredits(company)).toBe(7);
      });

      test('never become negative', async () => {
        const company = someCompany();
        await registry.setCredits(company, 5);

        const outcomes = await Promise.all(
          Array.from({ length: 4 }, () => registry.chargeCredits(company, someJob(), 2)),
        );

        expect(outcomes.toSorted()).toEqual(['charged', 'charged', 'spent', 'spent']);
        expect(await registry.remainingCredits(company)).toBe(1);
      });

      test('that do not suffice leave no mark: the job is charged later when there are enough', async () => {
        const [company, job] = [someCompany(), someJob()];
        await registry.setCredits(company, 1);

        expect(await registry.chargeCredits(company, job, 2)).toBe('spent');
        await registry.setCredits(company, 2);
        expect(await registry.chargeCredits(company, job, 2)).toBe('charged');
        expect(await registry.chargeCredits(company, job, 2)).toBe('charged');
        expect(await registry.remainingCredits(company)).toBe(0);
      });
    });

    describe('enrolment codes', () => {
      const someCode = (companyId: CompanyId) => ({
        digest: someToken(),
        companyId,
        locationId: 'office',
        expiresAt: 9_000_000_000_000,
      });

      test('bind to one of many concurrent users, and return it to all', async () => {
        const code = someCode(someCompany());
        await registry.putEnrolmentCode(code);
        const users = Array.from({ length: 8 }, () => ({ csrDigest: someToken(), relayId: someRelay() }));

        const answers = await Promise.all(users.map(user => registry.useEnrolmentCode(code.digest, user)));

        const winner = answers[0]?.usedBy;
        expect(users).toContainEqual(winner);
        for (const answer of answers) expect(answer).toEqual({ ...code, usedBy: winner });
        expect(await registry.getEnrolmentCode(code.digest)).toEqual({ ...code, usedBy: winner });
      });

      test('stay bound to their first user', async () => {
        const code = someCode(someCompany());
        await registry.putEnrolmentCode(code);
        const first = { csrDigest: 'first', relayId: someRelay() };

        await registry.useEnrolmentCode(code.digest, first);
        const later = await registry.useEnrolmentCode(code.digest, { csrDigest: 'second', relayId: someRelay() });

        expect(later).toEqual({ ...code, usedBy: first });
      });

      test('that do not exist return undefined', async () => {
        const user = { csrDigest: 'first', relayId: someRelay() };

        expect(await registry.getEnrolmentCode(someToken())).toBeUndefined();
        expect(await registry.useEnrolmentCode(someToken(), user)).toBeUndefined();
      });
    });
  });
}
