import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openTables } from '../../../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { someCompany, someJob } from '../../../../doubles/samples.ts';
import { openDynamo } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { makeEventWriter } from '../../../../shared/adapters/aws/dynamo/event-writer.ts';
import { eventsBetween } from '../../../../shared/core/domain/job-changes.ts';
import { someWebhook } from '../../../ports/webhook-store-suite.ts';

const dynamo = await startStrictDynamo();
afterAll(() => dynamo.close());
const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const settings = { region: 'eu-central-1', credentials, endpoint: dynamo.endpoint };

test('an event that another invocation writes in the meantime is written once', async () => {
  let meanwhile: (() => Promise<void>) | undefined;
  const { events, eventWriter, close } = await openTables(settings, client =>
    client.middlewareStack.add(
      (next, { commandName }) =>
        async given => {
          // what is unwritten has been asked; the number of the newest event has not
          const work = commandName === 'GetItemCommand' ? meanwhile : undefined;
          if (work) meanwhile = undefined;
          await work?.();
          return await next(given);
        },
      { step: 'initialize' },
    ),
  );
  onTestFinished(() => close());
  const companyId = someCompany();
  const created = [1, 2, 3].flatMap(() => eventsBetween(undefined, someJob(companyId, { version: 1 })));
  meanwhile = () => eventWriter.write(companyId, created.slice(0, 2));

  await eventWriter.write(companyId, created);

  const written = await events.read(companyId, 0, 10);
  expect(written.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(new Set(written.map(({ id }) => id)).size).toBe(3);
});

test('the deliveries of an event are announced, and found by the sweep where they cannot be', async () => {
  const sent: unknown[] = [];
  let isAway = false;
  const queue = {
    async send(name: string, messages: object[]) {
      if (isAway) throw new Error('away');
      sent.push([name, messages]);
    },
  };
  const { eventWriter, webhookStore, clock, close } = await openTables(settings, undefined, queue);
  onTestFinished(() => close());
  const companyId = someCompany();
  const { id: webhookId } = someWebhook(companyId);
  await webhookStore.saveWebhook({ ...someWebhook(companyId), id: webhookId });
  const create = () => eventWriter.write(companyId, eventsBetween(undefined, someJob(companyId, { version: 1 })));

  await create();
  isAway = true;
  await create();

  const deliveries = [1, 2].map(sequence => ({ companyId, webhookId, sequence, attempt: 1 }));
  expect(sent).toEqual([['notify', deliveries.slice(0, 1)]]);
  expect(await webhookStore.dueDeliveries(clock.now(), 10)).toMatchObject(deliveries);
});

test('events that other invocations always forestall are given up after twenty tries, ever longer apart', async () => {
  const client = openDynamo(settings);
  onTestFinished(() => client.destroy());
  client.middlewareStack.add(
    (next, { commandName }) =>
      async given => {
        if (commandName !== 'TransactWriteItemsCommand') return await next(given);
        const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }];
        throw new TransactionCanceledException({ message: 'canceled', $metadata: {}, CancellationReasons });
      },
    { step: 'initialize' },
  );
  const pauses: number[] = [];
  const clock = { now: Date.now, pause: async (milliseconds: number) => void pauses.push(milliseconds) };
  const writer = makeEventWriter({ client, name: 'events-forestalled' }, clock, { send: async () => undefined });
  const companyId = someCompany();

  const writing = writer.write(companyId, eventsBetween(undefined, someJob(companyId, { version: 1 })));

  await expect(writing).rejects.toThrow(`Events of ${companyId} could not be written.`);
  expect(pauses).toEqual(Array.from({ length: 20 }, (_, round) => 20 * (round + 1)));
});

test('the use of events is noted once a day, for 30 days', async () => {
  const day = 24 * 60 * 60_000;
  let notes = 0;
  const { events, eventWriter, advance, close } = await openTables(settings, client =>
    client.middlewareStack.add(
      (next, { commandName }) =>
        async given => {
          if (commandName === 'UpdateItemCommand') notes++;
          return await next(given);
        },
      { step: 'initialize' },
    ),
  );
  onTestFinished(() => close());
  const companyId = someCompany();
  const used = async (milliseconds: number) => {
    await advance(milliseconds);
    await events.keepInUse(companyId);
    return notes;
  };

  expect(await eventWriter.isInUse(companyId)).toBe(false);
  expect([await used(0), await used(day - 1), await used(1), await used(1)]).toEqual([1, 1, 2, 2]);
  await advance(30 * day - 2);
  expect(await eventWriter.isInUse(companyId)).toBe(true);
  await advance(1);
  expect(await eventWriter.isInUse(companyId)).toBe(false);
});
