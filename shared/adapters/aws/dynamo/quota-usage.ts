import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CompanyId, UploadId } from '../../../core/domain/ids.ts';
import type { QuotaReached, UploadQuota } from '../../../core/domain/upload-quota.ts';
import { getAll, type Item, itemKeyOf, keyOf, numberIn, type Table, writeTransaction } from './dynamo.ts';
import { inFlightItem } from './table.ts';

/*
 * The quota used by a company's open uploads, in counters that are updated in the same transactions as the sessions, so
 * they are exact after every failure. A transaction costs twice its writes, so only the start, the end and the few
 * reservations of an upload use one, not its segments.
 *
 * Transactions on one item conflict, so a large quota is divided among several counters. Each has an equal share and
 * never exceeds it, so together they never exceed the quota. A session is counted in one of them, as a whole: it is
 * refused if none has room for it, which may be when their free room together would suffice. Sessions of releases with
 * one counter are counted in counter 0.
 */

/** A counter's share has room for as many documents of the largest size, and for as many sessions. */
const [documentsPerCounter, sessionsPerCounter] = [4, 64];
export const countersAtMost = 16;

export interface Amount {
  sessions: number;
  octets: number;
}

/** A write whose condition failed, and the stored item. */
export interface Refused {
  refusedBy: Item | undefined;
}

/** The counters among which a quota is divided. Operators may change a quota while uploads are open. */
export function countersOf({ documentOctets, openSessions, octetsInFlight }: UploadQuota): number {
  const ofOctets = Math.floor(octetsInFlight / (documentsPerCounter * documentOctets));
  const ofSessions = Math.floor(openSessions / sessionsPerCounter);
  return Math.max(1, Math.min(ofOctets, ofSessions, countersAtMost));
}

/** The counter that is tried first. Ids are random, so their first digits distribute evenly. */
export const firstCounter = (id: UploadId, quota: UploadQuota): number =>
  Number.parseInt(id.slice(0, 2), 16) % countersOf(quota);

/** The other counters that have room for the amount as of this read, the emptiest first. */
export async function countersWithRoom(
  table: Table,
  companyId: CompanyId,
  amount: Amount,
  quota: UploadQuota,
  except: number,
): Promise<number[]> {
  const others = Array.from({ length: countersOf(quota) }, (_, counter) => counter).filter(each => each !== except);
  const items = await getAll(
    table,
    others.map(counter => inFlightItem(companyId, counter)),
  );
  const used = new Map(items.map(item => [itemKeyOf(item).pk, item]));
  const left = others.map(counter => {
    const item = used.get(inFlightItem(companyId, counter).pk);
    const room = roomIn(counter, amount, quota);
    const [sessions, octets] = item ? [numberIn(item, 'sessions'), numberIn(item, 'octets')] : [0, 0];
    return { counter, sessions: room.sessions - sessions, octets: room.octets - octets };
  });
  return left
    .filter(({ sessions, octets }) => sessions >= 0 && octets >= 0)
    .toSorted((a, b) => b.octets - a.octets)
    .map(({ counter }) => counter);
}

/** Does `writes` and adds to a counter, or does neither. The condition that is reported as refused is of the last write. */
export async function reserveQuota(
  table: Table,
  { companyId, counter }: { companyId: CompanyId; counter: number },
  amount: Amount,
  quota: UploadQuota,
  ...writes: TransactWriteItem[]
): Promise<QuotaReached | Refused | undefined> {
  const room = roomIn(counter, amount, quota);
  // the condition passes if no item exists yet, so a share below the amount is checked here
  if (room.sessions < 0) return 'too-many-sessions';
  if (room.octets < 0) return 'too-many-octets';
  const counting = counted(table, companyId, counter, amount);
  const fitting = {
    ...counting,
    ConditionExpression: 'attribute_not_exists(pk) OR (sessions <= :roomSessions AND octets <= :roomOctets)',
    ExpressionAttributeValues: {
      ...counting.ExpressionAttributeValues,
      ':roomSessions': { N: String(room.sessions) },
      ':roomOctets': { N: String(room.octets) },
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  const reasons = await writeTransaction(table, [{ Update: fitting }, ...writes]);
  if (!reasons) return undefined;
  const full = reasons[0];
  if (full?.Code !== 'ConditionalCheckFailed') return { refusedBy: reasons.at(-1)?.Item };
  const areTooMany = full.Item !== undefined && numberIn(full.Item, 'sessions') > room.sessions;
  return areTooMany ? 'too-many-sessions' : 'too-many-octets';
}

/** Does `write`, which ends a session, and subtracts its reservation from its counter, or does neither. */
export async function releaseQuota(
  table: Table,
  { companyId, counter }: { companyId: CompanyId; counter: number },
  octets: number,
  write: TransactWriteItem,
): Promise<Refused | undefined> {
  const reasons = await writeTransaction(table, [releasing(table, companyId, counter, octets), write]);
  return reasons && { refusedBy: reasons[1]?.Item };
}

/** Takes a session out of its counter. */
export const releasing = (table: Table, companyId: CompanyId, counter: number, octets: number): TransactWriteItem => ({
  Update: counted(table, companyId, counter, { sessions: -1, octets: -octets }),
});

/** What may be used of a counter's share at most for the amount to fit; negative if it never does. */
const roomIn = (counter: number, amount: Amount, quota: UploadQuota): Amount => ({
  sessions: shareOf(quota.openSessions, counter, quota) - amount.sessions,
  octets: shareOf(quota.octetsInFlight, counter, quota) - amount.octets,
});

/** The shares of all counters together are the whole. A counter that is left of a larger quota has none. */
function shareOf(whole: number, counter: number, quota: UploadQuota): number {
  const counters = countersOf(quota);
  return counter < counters ? Math.floor((whole + counter) / counters) : 0;
}

const counted = (table: Table, companyId: CompanyId, counter: number, { sessions, octets }: Amount) => ({
  TableName: table.name,
  Key: keyOf(inFlightItem(companyId, counter)),
  UpdateExpression: 'ADD sessions :sessions, octets :octets',
  ExpressionAttributeValues: { ':sessions': { N: String(sessions) }, ':octets': { N: String(octets) } },
});
