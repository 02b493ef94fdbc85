import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness } from '../../doubles/harness.ts';
import { someCompany } from '../../doubles/samples.ts';
import type { StoredOctets } from '../../shared/core/ports/index.ts';

export function storedOctetsSuite(name: string, open: () => Promise<Harness & { storedOctets: StoredOctets }>): void {
  describe(`stored octets: ${name}`, () => {
    let harness: Harness & { storedOctets: StoredOctets };
    const add = (...values: Parameters<StoredOctets['add']>) => harness.storedOctets.add(...values);
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    test('counts up to the limit and nothing beyond', async () => {
      const company = someCompany();

      expect(await add(company, 11, 10)).toBe(false);
      expect([await add(company, 7, 10), await add(company, 4, 10), await add(company, 3, 10)]).toEqual([
        true,
        false,
        true,
      ]);
      expect([await add(company, 1, 10), await add(company, 0, 10), await add(company, 1, 11)]).toEqual([
        false,
        true,
        true,
      ]);
      expect(await add(someCompany(), 10, 10)).toBe(true);
    });

    test('counts what is made without a limit', async () => {
      const company = someCompany();

      expect([await add(company, 20), await add(company, 20), await add(company, 1, 40)]).toEqual([true, true, false]);
      expect(await add(company, 1, 41)).toBe(true);
    });

    test('takes back what is not stored', async () => {
      const company = someCompany();

      expect([await add(company, 10, 10), await add(company, 1, 10)]).toEqual([true, false]);
      expect([await add(company, -4), await add(company, 5, 10), await add(company, 4, 10)]).toEqual([
        true,
        false,
        true,
      ]);
    });

    test('counts each of many at the same time', async () => {
      const company = someCompany();

      const admitted = await Promise.all(Array.from({ length: 10 }, () => add(company, 3, 10)));

      expect(admitted.filter(Boolean)).toHaveLength(3);
    });
  });
}
