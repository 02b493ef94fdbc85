import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { makeQueue } from '../../../../shared/adapters/aws/sqs/queue.ts';
import type { CompanyId, JobId } from '../../../../shared/core/domain/ids.ts';

test('messages are grouped by company, under names that SQS takes', async () => {
  const groups: (string | undefined)[] = [];
  const send = async ({ input }: SendMessageBatchCommand) => {
    groups.push(...(input.Entries ?? []).map(({ MessageGroupId }) => MessageGroupId));
    return {};
  };
  const queue = makeQueue({ send } as unknown as SQSClient, { prepare: 'p', offer: 'o', notify: 'n' });
  const printer = { locationId: 'a', deviceId: 'b' };
  const offer = (companyId: string) => ({ companyId: companyId as CompanyId, printer });

  await queue.send('offer', [offer('acme'), offer('acme'), offer('größe & söhne')]);
  await queue.send('notify', [{ jobId: '1' as JobId, attempt: 1 }]);

  const [first, second, third, none] = groups;
  expect(first).toBe(second);
  expect(third).not.toBe(first);
  expect(third).toMatch(/^[0-9a-f]{64}$/);
  expect(none).toBeUndefined();
});
