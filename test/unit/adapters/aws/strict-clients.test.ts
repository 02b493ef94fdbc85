import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import {
  type BatchGetItemCommand,
  type BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeCredits } from '../../../../shared/adapters/aws/dynamo/credits.ts';
import { getAll, itemKeyOf, keyOf, writeAll, writeTransaction } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { makeQueue } from '../../../../shared/adapters/aws/sqs/queue.ts';
import type { CompanyId, JobId } from '../../../../shared/core/domain/ids.ts';

/*
 * Clients as strict as the services: they refuse what is beyond the limits of a call, and take a part of what they get
 * when they are busy.
 */

const name = 'jobs';
const keys = (count: number) => Array.from({ length: count }, (_, index) => ({ pk: `job#${index}`, sk: 'job' }));
const tableOf = (send: (command: unknown) => Promise<unknown>) => ({
  name,
  client: { send } as unknown as DynamoDBClient,
});

/** The delays between tries, which take no time. */
function skipDelays(): number[] {
  const delays: number[] = [];
  vi.spyOn(Math, 'random').mockReturnValue(0);
  vi.spyOn(timers, 'setTimeout').mockImplementation(async milliseconds => void delays.push(milliseconds as number));
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  return delays;
}

describe('a table that is throttled for long', () => {
  const tableThatTakes = (answer: object) => tableOf(async () => answer);
  const conflict = new TransactionCanceledException({
    ...{ message: 'canceled', $metadata: {}, CancellationReasons: [{ Code: 'TransactionConflict' }] },
  });

  it.each<[string, () => Promise<unknown>]>([
    ['reads', () => getAll(tableThatTakes({ UnprocessedKeys: { [name]: { Keys: keys(1).map(keyOf) } } }), keys(1))],
    [
      'writes',
      () => {
        const requests = keys(2).map(key => ({ PutRequest: { Item: keyOf(key) } }));
        return writeAll(tableThatTakes({ UnprocessedItems: { [name]: requests } }), requests);
      },
    ],
    [
      'transactions',
      () =>
        writeTransaction(
          tableOf(() => Promise.reject(conflict)),
          [],
        ),
    ],
  ])('ends %s after eight pauses, each twice as long as the one before', async (_what, call) => {
    const delays = skipDelays();

    await expect(call()).rejects.toMatchObject({
      code: 'internal',
      message: 'DynamoDB is throttling requests. Please try again.',
    });

    expect(delays).toEqual([12.5, 25, 50, 100, 200, 400, 800, 1600]);
  });
});

describe('reads of many items', () => {
  /** [BatchGetItem]: at most 100 keys, none of them twice; answers in any order, and leaves some out when it is busy. */
  function busyTable(answersAtMost: number) {
    let calls = 0;
    const table = tableOf(async command => {
      const { Keys = [], ConsistentRead } = (command as BatchGetItemCommand).input.RequestItems?.[name] ?? {};
      if (Keys.length > 100 || new Set(Keys.map(key => key.pk?.S)).size < Keys.length)
        throw new Error('ValidationException');
      if (!ConsistentRead) throw new Error('the read may be stale');
      // busy to begin with
      const taken = calls++ === 0 ? Keys.slice(0, answersAtMost) : Keys;
      const left = Keys.slice(taken.length);
      const there = taken.filter(key => key.pk?.S !== 'job#7').toReversed();
      return { Responses: { [name]: there }, UnprocessedKeys: left.length > 0 ? { [name]: { Keys: left } } : {} };
    });
    return { table, calls: () => calls };
  }

  it.each([0, 30, 100])('return all in the order of the keys when the first call answers %i', async answersAtMost => {
    const { table } = busyTable(answersAtMost);

    const items = await getAll(table, keys(250));

    expect(items.map(itemKeyOf)).toEqual(keys(250).filter(({ pk }) => pk !== 'job#7'));
  });

  it('of nothing ask nothing', async () => {
    const { table, calls } = busyTable(100);

    expect([await getAll(table, []), calls()]).toEqual([[], 0]);
  });
});

describe('writes of many items', () => {
  it('are repeated until the table has taken all, once each', async () => {
    const written: string[] = [];
    let calls = 0;
    const table = tableOf(async command => {
      const requests = (command as BatchWriteItemCommand).input.RequestItems?.[name] ?? [];
      // [BatchWriteItem]
      if (requests.length > 25) throw new Error('ValidationException');
      const taken = calls++ < 2 ? requests.slice(0, 10) : requests;
      written.push(...taken.map(({ PutRequest }) => PutRequest?.Item?.pk?.S as string));
      const left = requests.slice(taken.length);
      return { UnprocessedItems: left.length > 0 ? { [name]: left } : {} };
    });

    await writeAll(
      table,
      keys(60).map(key => ({ PutRequest: { Item: keyOf(key) } })),
    );

    expect(written.toSorted()).toEqual(
      keys(60)
        .map(({ pk }) => pk)
        .toSorted(),
    );
  });

  it('of one item are one put', async () => {
    const commands: unknown[] = [];
    const table = tableOf(async command => void commands.push(command));

    await writeAll(table, [{ PutRequest: { Item: keyOf({ pk: 'a', sk: 'b' }) } }]);

    expect(commands).toEqual([expect.any(PutItemCommand)]);
  });
});

describe('a transaction', () => {
  const canceled = (...codes: string[]) =>
    new TransactionCanceledException({
      ...{ message: 'canceled', $metadata: {} },
      CancellationReasons: codes.map(Code => ({ Code })),
    });

  it('in conflict with another is repeated with the same token', async () => {
    const tokens: (string | undefined)[] = [];
    const table = tableOf(async command => {
      tokens.push((command as TransactWriteItemsCommand).input.ClientRequestToken);
      if (tokens.length < 3) throw canceled('None', 'TransactionConflict');
      return {};
    });

    expect(await writeTransaction(table, [])).toBeUndefined();
    expect(tokens).toEqual([tokens[0], tokens[0], tokens[0]]);
  });

  it('whose condition fails is not repeated, and says which one', async () => {
    let calls = 0;
    const table = tableOf(async () => {
      calls++;
      throw canceled('None', 'ConditionalCheckFailed');
    });

    const reasons = await writeTransaction(table, []);

    expect(reasons).toEqual([{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }]);
    expect(calls).toBe(1);
  });

  it('that fails otherwise is an error that names the service', async () => {
    const table = tableOf(() => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' })));

    await expect(writeTransaction(table, [])).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('DynamoDB denied access'),
    });
  });
});

describe('a charge of credits', () => {
  /** A ledger of five credits, whose transactions end as these reasons say, or succeed. */
  async function charged(...outcomes: (string[] | undefined | Error)[]) {
    let calls = 0;
    const table = tableOf(async command => {
      if (command instanceof GetItemCommand) return { Item: { remaining: { N: '5' } } };
      const outcome = outcomes[calls++];
      if (outcome instanceof Error) throw outcome;
      if (calls > outcomes.length) return {};
      const CancellationReasons = outcome?.map(Code => ({ Code }));
      throw new TransactionCanceledException({ message: 'canceled', $metadata: {}, CancellationReasons });
    });
    return [await makeCredits(table).chargeCredits('acme' as CompanyId, 'j' as JobId, 2), calls];
  }

  it('is made again after a conflict with another', async () => {
    const delays = skipDelays();

    expect(await charged(['TransactionConflict', 'None'], ['None', 'TransactionConflict'], undefined)).toEqual([
      'charged',
      4,
    ]);
    expect(delays).toEqual([12.5, 25, 50]);
  });

  it('is made once, and not without the credits', async () => {
    expect(await charged(['ConditionalCheckFailed', 'None'])).toEqual(['charged', 1]);
    expect(await charged(['ConditionalCheckFailed', 'ConditionalCheckFailed'])).toEqual(['charged', 1]);
    expect(await charged(['None', 'ConditionalCheckFailed'])).toEqual(['spent', 1]);
  });

  it('that fails otherwise is an error that names the service', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });

    await expect(charged(denied)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('DynamoDB denied access'),
    });
  });
});

describe('messages', () => {
  const urls = { prepare: 'https://sqs/prepare', offer: 'https://sqs/offer', notify: 'https://sqs/notify' };
  const messages = Array.from({ length: 23 }, (_, index) => ({ jobId: `job ${index}` as JobId, attempt: 1 }));

  /** [SendMessageBatch]: at most ten entries with ids of their own; `fails` decides about each. */
  function queueOf(fails: (body: string, call: number) => { SenderFault: boolean } | undefined) {
    const stored: { body: string; delay?: number }[] = [];
    let calls = 0;
    const send = async (command: unknown) => {
      calls++;
      const { QueueUrl, Entries = [] } = (command as SendMessageBatchCommand).input;
      const isSound =
        Entries.length > 0 && Entries.length <= 10 && new Set(Entries.map(({ Id }) => Id)).size === Entries.length;
      if (!isSound || QueueUrl !== urls.notify) throw new Error('the request is not valid');
      const outcomes = Entries.map(entry => ({ ...entry, failure: fails(entry.MessageBody as string, calls) }));
      for (const { failure, MessageBody, DelaySeconds } of outcomes) {
        if (!failure) stored.push({ body: MessageBody as string, delay: DelaySeconds });
      }
      return {
        Failed: outcomes.flatMap(({ failure, Id }) => (failure ? [{ Id, Code: 'InternalError', ...failure }] : [])),
      };
    };
    return { queue: makeQueue({ send } as unknown as SQSClient, urls), stored, calls: () => calls };
  }

  it('are all stored once, with their delay, though the queue takes some at first', async () => {
    const { queue, stored } = queueOf((body, call) =>
      call <= 3 && /[13579]"/.test(body) ? { SenderFault: false } : undefined,
    );

    await queue.send('notify', messages, 20);

    expect(stored.map(({ body }) => JSON.parse(body)).toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1))).toEqual(
      messages.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1)),
    );
    expect(new Set(stored.map(({ delay }) => delay))).toEqual(new Set([20]));
  });

  it('that the queue never takes fail the call after five tries', async () => {
    const { queue, calls } = queueOf(() => ({ SenderFault: false }));
    const delays = skipDelays();

    await expect(queue.send('notify', messages.slice(0, 2))).rejects.toMatchObject({ code: 'internal' });

    expect(calls()).toBe(5);
    expect(delays).toEqual([50, 100, 200, 400]);
  });

  it('that the queue refuses for good fail the call at once', async () => {
    const { queue, calls } = queueOf(() => ({ SenderFault: true }));

    await expect(queue.send('notify', messages.slice(0, 2))).rejects.toMatchObject({ code: 'internal' });
    expect(calls()).toBe(1);
  });

  it('of an empty list are none', async () => {
    const { queue, calls } = queueOf(() => undefined);

    await queue.send('notify', []);

    expect(calls()).toBe(0);
  });
});
