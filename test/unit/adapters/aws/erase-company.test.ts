import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { allOf, openDynamo, scanOf } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { eraseCompany } from '../../../../shared/adapters/aws/erase-company.ts';
import type { CompanyId } from '../../../../shared/core/domain/ids.ts';

const dynamo = await startStrictDynamo();
const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const client = openDynamo({ region: 'eu-central-1', credentials, endpoint: dynamo.endpoint });
afterAll(async () => {
  client.destroy();
  await dynamo.close();
});

const names = { jobs: 'jobs-erased', registry: 'registry-erased', events: 'events-erased' };
const settings = { region: 'eu-central-1', credentials, endpoint: dynamo.endpoint };
const config = {
  ...settings,
  jobsTable: names.jobs,
  registryTable: names.registry,
  eventsTable: names.events,
};
const put = (TableName: string, pk: string, sk: string, more: Record<string, AttributeValue> = {}) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, sk: { S: sk }, ...more } }));

let objects: string[];
beforeAll(async () => {
  for (const company of ['acme', 'acme2']) {
    for (let job = 0; job < 30; job++)
      await put(names.jobs, `job#${company}-${job}`, 'job', { listOf: { S: company } });
    await put(names.jobs, `printer#${company}#office:laser`, 'sequence');
    await put(names.jobs, `claim#${company}#0`, 'claim');
    await put(names.registry, `company#${company}`, 'company');
    await put(names.registry, `company#${company}`, 'credits');
    await put(names.events, `company#${company}`, 'event#1');
    await put(names.events, `company#${company}`, `webhook#of-${company}`);
    await put(names.events, `webhook#of-${company}`, 'delivery#1');
  }
  objects = ['acme', 'acme2'].flatMap(company => [
    `companies/${company}/documents/1`,
    `uploads/${company}/2/segments/3`,
  ]);
});

const left = async (TableName: string) => {
  const items = await allOf(scanOf({ client, name: TableName }, {}));
  return items.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`).sort();
};

it('erasing a company in AWS deletes what is its, and nothing of a company whose name begins alike', async () => {
  const documents = {
    list: async (prefix: string) => objects.filter(key => key.startsWith(prefix)).map(key => ({ key, octets: 1 })),
    delete: async (keys: string[]) => {
      objects = objects.filter(key => !keys.includes(key));
    },
  };

  const erased = await eraseCompany(config, documents, 'acme' as CompanyId);

  expect(erased).toEqual({ jobs: 30, documents: 2 });
  expect(objects).toEqual(['companies/acme2/documents/1', 'uploads/acme2/2/segments/3']);
  expect(await left(names.jobs)).toHaveLength(32);
  expect((await left(names.jobs)).filter(name => /acme[^2]|acme$/.test(name.replace('acme2', '')))).toEqual([]);
  expect(await left(names.registry)).toEqual([
    'company#acme company',
    'company#acme2 company',
    'company#acme2 credits',
  ]);
  expect(await left(names.events)).toEqual([
    'company#acme2 event#1',
    'company#acme2 webhook#of-acme2',
    'webhook#of-acme2 delivery#1',
  ]);
});
