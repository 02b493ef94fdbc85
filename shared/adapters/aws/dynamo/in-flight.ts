import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { QuotaReached, UploadQuota } from '../../../core/domain/upload-quota.ts';
import { type Item, keyOf, numberIn, type Table, transacted } from './dynamo.ts';
import { inFlightItem } from './table.ts';

/*
 * What a company's open uploads have of its quota stands in one item, and changes in the same transaction as the
 * sessions do: it is right at each moment, whatever fails. A transaction costs twice what its writes do, so they are
 * for the beginning, the end and the few steps in between of an upload, and not for its segments.
 */

export interface Amount {
  sessions: number;
  octets: number;
}

/** A write that did not hold its condition, and what stood there. */
export interface Refused {
  refusedBy: Item | undefined;
}

/** Does `write` and counts what it takes of the quota, or does neither. */
export async function takeOfQuota(
  table: Table,
  companyId: CompanyId,
  amount: Amount,
  quota: UploadQuota,
  write: TransactWriteItem,
): Promise<QuotaReached | Refused | undefined> {
  const room: Amount = { sessions: quota.openSessions - amount.sessions, octets: quota.octetsInFlight - amount.octets };
  // where nothing was counted yet there is nothing to compare with
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
  const reasons = await transacted(table, [{ Update: fitting }, write]);
  if (!reasons) return undefined;
  const [full, refused] = reasons;
  if (full?.Code !== 'ConditionalCheckFailed') return { refusedBy: refused?.Item };
  const areTooMany = full.Item !== undefined && numberIn(full.Item, 'sessions') > room.sessions;
  return areTooMany ? 'too-many-sessions' : 'too-many-octets';
}

/** Does `write`, which ends a session, and gives back what it had, or does neither. */
export async function giveBack(
  table: Table,
  companyId: CompanyId,
  octets: number,
  write: TransactWriteItem,
): Promise<Refused | undefined> {
  const counting = { Update: counted(table, companyId, { sessions: -1, octets: -octets }) };
  const reasons = await transacted(table, [counting, write]);
  return reasons && { refusedBy: reasons[1]?.Item };
}

const counted = (table: Table, companyId: CompanyId, { sessions, octets }: Amount) => ({
  TableName: table.name,
  Key: keyOf(inFlightItem(companyId)),
  UpdateExpression: 'ADD sessions :sessions, octets :octets',
  ExpressionAttributeValues: { ':sessions': { N: String(sessions) }, ':octets': { N: String(octets) } },
});
