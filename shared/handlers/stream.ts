import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { CompanyId } from '../core/domain/ids.ts';
import { log } from '../telemetry/log.ts';
import { record } from '../telemetry/metrics.ts';
import { inContext } from './context.ts';

/**
 * A Lambda handler for a stream of a table. Changes are worked on by company, in their order. When one company's fail, the
 * batch is repeated from its first record on [AWS Lambda, reporting batch item failures for DynamoDB].
 */
export function streamHandler<Change extends { after: { companyId: CompanyId } }>(
  read: (record: DynamoDBRecord) => Change | undefined,
  work: (changes: Change[]) => Promise<void>,
) {
  return inContext(
    () => ({}),
    async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
      const changes = Records.flatMap(one => {
        const change = readable(one, read);
        return change ? [{ change, number: one.dynamodb?.SequenceNumber as string }] : [];
      });
      const byCompany = Map.groupBy(changes, ({ change }) => change.after.companyId);
      const failed: string[] = [];
      for (const [companyId, ofCompany] of byCompany) {
        try {
          await work(ofCompany.map(({ change }) => change));
        } catch (error) {
          log.error('message-failed', { companyId, error });
          record('messagesFailed');
          failed.push(...ofCompany.map(({ number }) => number));
        }
      }
      return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
    },
  );
}

/** A record that cannot be read never can: it is logged and passed. */
function readable<Change>(
  one: DynamoDBRecord,
  read: (record: DynamoDBRecord) => Change | undefined,
): Change | undefined {
  try {
    return read(one);
  } catch (error) {
    log.error('poison-message', { keys: one.dynamodb?.Keys, error });
    return undefined;
  }
}
