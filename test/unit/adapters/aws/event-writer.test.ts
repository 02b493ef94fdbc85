import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openTables } from '../../../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { someCompany, someJob } from '../../../../doubles/samples.ts';
import { eventsBetween } from '../../../../shared/core/domain/job-changes.ts';

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
