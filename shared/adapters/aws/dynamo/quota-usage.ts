import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { QuotaReached, UploadQuota } from '../../../core/domain/upload-quota.ts';
import { type Item, keyOf, numberIn, type Table, writeTransaction } from './dynamo.ts';
import { inFlightItem } from './table.ts';

/*
 * The quota used by a company's open uploads is one item, updated in the same transaction as the sessions, so it is
 * exact after every failure. A transaction costs twice its writes, so only the start, the end and the few reservations
 * of an upload use one, not its segments.
 */

export interface Amount {
  sessions: number;
  octets: number;
}

/** A write whose condition failed, and the stored item. */
export interface Refused {
  refusedBy: Item | undefined;
}

/** Does `write` and adds to the used quota, or does neither. */
export async function reserveQuota(
  table: Table,
  companyId: CompanyId,
  amount: Amount,
  quota: UploadQuota,
  write: TransactWriteItem,
): Promise<QuotaReached | Refused | undefined> {
  const room: Amount = { sessions: quota.openSessions - amount.sessions, octets: quota.octetsInFlight - amount.octets };
  // the condition passes if no item exists yet, so a quota below the amount is checked here
  if (room.sessions < 0) return 'too-many-sessions';
  if (room.octets < 0) return 'too-many-octets';
  const counting = counted(table, companyId, amount);
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
  const reasons = await writeTransaction(table, [{ Update: fitting }, write]);
  if (!reasons) return undefined;
  const [full, refused] = reasons;
  if (full?.Code !== 'ConditionalCheckFailed') return { refusedBy: refused?.Item };
  const areTooMany = full.Item !== undefined && numberIn(full.Item, 'sessions') > room.sessions;
  return areTooMany ? 'too-many-sessions' : 'too-many-octets';
}

/** Does `write`, which ends a session, and subtracts its reservation from the used quota, or does neither. */
export async function releaseQuota(
  table: Table,
  companyId: CompanyId,
  octets: number,
  write: TransactWriteItem,
): Promise<Refused | undefined> {
  const counting = { Update: counted(table, companyId, { sessions: -1, octets: -octets }) };
  const reasons = await writeTransaction(table, [counting, write]);
  return reasons && { refusedBy: reasons[1]?.Item };
}

const counted = (table: Table, companyId: CompanyId, { sessions, octets }: Amount) => ({
  TableName: table.name,
  Key: keyOf(inFlightItem(companyId)),
  UpdateExpression: 'ADD sessions :sessions, octets :octets',
  ExpressionAttributeValues: { ':sessions': { N: String(sessions) }, ':octets': { N: String(octets) } },
});
