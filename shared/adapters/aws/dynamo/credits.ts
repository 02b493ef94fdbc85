import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { CompanyId, JobId } from '../../../core/domain/ids.ts';
import type { CreditLedger } from '../../../core/ports/index.ts';
import { awsError } from '../aws-error.ts';
import { keyOf, numberIn, orInternal, pause, type Table } from './dynamo.ts';
import { chargeItem, creditsItem } from './table.ts';

/** Longer than the lifetime of any message, including redeliveries. */
const chargeSeconds = 30 * 24 * 60 * 60;

/** Credits of companies. The ledger update and the mark of a charge are one transaction. */
export function makeCredits(table: Table): CreditLedger {
  const remainingCredits = async (companyId: CompanyId) => {
    const command = new GetItemCommand({
      TableName: table.name,
      Key: keyOf(creditsItem(companyId)),
      ConsistentRead: true,
    });
    const { Item: item } = await orInternal(table.client.send(command));
    return item && numberIn(item, 'remaining');
  };
  return {
    remainingCredits,

    async setCredits(companyId, remaining) {
      if (remaining === undefined) {
        const gone = new DeleteItemCommand({ TableName: table.name, Key: keyOf(creditsItem(companyId)) });
        await orInternal(table.client.send(gone));
        return;
      }
      const Item = { ...keyOf(creditsItem(companyId)), remaining: { N: String(remaining) } };
      await orInternal(table.client.send(new PutItemCommand({ TableName: table.name, Item })));
    },

    async chargeCredits(companyId, jobId, credits) {
      if ((await remainingCredits(companyId)) === undefined) return 'charged';
      for (let round = 0; ; round++) {
        const outcome = await charge(table, companyId, jobId, credits);
        if (outcome !== 'collided') return outcome;
        await pause(round);
      }
    },
  };
}

async function charge(table: Table, companyId: CompanyId, jobId: JobId, credits: number) {
  const expiresAt = { N: String(Math.floor(Date.now() / 1000) + chargeSeconds) };
  const TableName = table.name;
  const command = new TransactWriteItemsCommand({
    TransactItems: [
      {
        Put: {
          TableName,
          Item: { ...keyOf(chargeItem(companyId, jobId)), expiresAt },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      {
        Update: {
          TableName,
          Key: keyOf(creditsItem(companyId)),
          UpdateExpression: 'SET remaining = remaining - :credits',
          ConditionExpression: 'remaining >= :credits',
          ExpressionAttributeValues: { ':credits': { N: String(credits) } },
        },
      },
    ],
  });
  try {
    await table.client.send(command);
    return 'charged';
  } catch (cause) {
    if (!(cause instanceof TransactionCanceledException)) {
      throw awsError('DynamoDB', cause);
    }
    const [mark, ledger] = (cause.CancellationReasons ?? []).map(reason => reason.Code);
    // the mark exists: an earlier call or an SDK retry of this one charged the job
    if (mark === 'ConditionalCheckFailed') return 'charged';
    return ledger === 'ConditionalCheckFailed' ? 'spent' : 'collided';
  }
}
