import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTables } from '../../../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { someCompany } from '../../../../doubles/samples.ts';

const day = 24 * 60 * 60_000;

describe('stored octets in AWS', () => {
  let dynamo: Awaited<ReturnType<typeof startStrictDynamo>>;
  let tables: Awaited<ReturnType<typeof openTables>>;
  beforeAll(async () => {
    dynamo = await startStrictDynamo();
    const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
    tables = await openTables({ region: 'eu-central-1', credentials, endpoint: dynamo.endpoint });
  });
  afterAll(async () => {
    await tables.close();
    await dynamo.close();
  });

  it('count for as many days as a document may stay in the bucket', async () => {
    const company = someCompany();
    const add = (octets: number) => tables.storedOctets.add(company, octets, 10);

    expect(await add(6)).toBe(true);
    await tables.advance(day);
    expect([await add(5), await add(4), await add(1)]).toEqual([false, true, false]);
    await tables.advance(34 * day);
    expect(await add(1)).toBe(false);
    await tables.advance(day);
    expect([await add(7), await add(6)]).toEqual([false, true]);
    await tables.advance(day);
    expect([await add(4), await add(1)]).toEqual([true, false]);
  });
});
