import { dayOf } from '../../../core/domain/company.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { StoredOctets } from '../../../core/ports/index.ts';
import { addToDay } from './day-count.ts';
import { allOf, itemsUnder, numberIn, type Table } from './dynamo.ts';
import { storedItem, storedOf } from './table.ts';

/*
 * What companies with a quota of stored octets have stored, in an item for each day. Nothing is subtracted for what was
 * deleted, since that would cost a write for each document.
 */

/** Most documents are kept for a day or two; those of a job may be on hold for 30 days, and then wait for a relay. */
const keptDays = 36;
const keptSeconds = (keptDays + 1) * 24 * 60 * 60;

export function makeStoredOctets(table: Table, now: () => number): StoredOctets {
  return {
    async add(companyId, octets, atMost) {
      const at = now();
      const room =
        atMost === undefined ? undefined : atMost - octets - (await storedBefore(table, companyId, dayOf(at)));
      const today = storedItem(companyId, dayOf(at));
      return await addToDay(table, today, { attribute: 'octets', amount: octets, room, at, keptSeconds });
    },
  };
}

/** Octets of the days that still count, without today. */
async function storedBefore(table: Table, companyId: CompanyId, today: number): Promise<number> {
  const [oldest, last] = [today - keptDays + 1, today].map(day => storedItem(companyId, day).sk) as [string, string];
  const items = await allOf(itemsUnder(table, storedOf(companyId)));
  // DynamoDB may delete expired items days later
  const earlier = items.filter(({ sk }) => (sk?.S as string) >= oldest && sk?.S !== last);
  return earlier.reduce((sum, item) => sum + numberIn(item, 'octets'), 0);
}
