import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable } from '../../../../doubles/aws-resources.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { someCompany, someSession } from '../../../../doubles/samples.ts';
import { allOf, keyOf, openDynamo, scanOf, type Table } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { countersAtMost, countersOf } from '../../../../shared/adapters/aws/dynamo/quota-usage.ts';
import { uploadItem } from '../../../../shared/adapters/aws/dynamo/table.ts';
import { makeUploadStore } from '../../../../shared/adapters/aws/dynamo/upload-store.ts';
import { defaultUploadQuota } from '../../../../shared/core/domain/upload-quota.ts';
import type { UploadSession } from '../../../../shared/core/domain/upload-session.ts';
import type { UploadStore } from '../../../../shared/core/ports/index.ts';

const small = { documentOctets: 1e9, openSessions: 3, octetsInFlight: 1000 };
const large = { documentOctets: 10, openSessions: 256, octetsInFlight: 160 };

describe('the counters of a quota', () => {
  it('are one for a small quota, and more the more documents a quota has room for', () => {
    expect([small, large, defaultUploadQuota].map(countersOf)).toEqual([1, 4, 4]);
    expect(countersOf({ documentOctets: 1, openSessions: 1e6, octetsInFlight: 1e9 })).toBe(countersAtMost);
    expect(countersOf({ documentOctets: 1, openSessions: 1, octetsInFlight: 1e9 })).toBe(1);
  });
});

describe('sessions in the counters of a quota', () => {
  let dynamo: Awaited<ReturnType<typeof startStrictDynamo>>;
  let table: Table;
  let uploads: UploadStore;
  beforeAll(async () => {
    dynamo = await startStrictDynamo();
    const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
    const client = openDynamo({ region: 'eu-central-1', credentials, endpoint: dynamo.endpoint });
    table = { client, name: await createTable(client, 'uploads', 'uploads') };
    uploads = makeUploadStore(table, Date.now);
  });
  afterAll(async () => {
    table.client.destroy();
    await dynamo.close();
  });
  /** What the counters of a company hold, by partition key. */
  const usedOf = async (companyId: string) => {
    const filter = {
      FilterExpression: 'sk = :inFlight AND begins_with(pk, :company)',
      ExpressionAttributeValues: { ':inFlight': { S: 'in-flight' }, ':company': { S: `company#${companyId}` } },
    };
    const own = await allOf(scanOf(table, filter));
    return Object.fromEntries(own.map(({ pk, sessions, octets }) => [pk?.S, [Number(sessions?.N), Number(octets?.N)]]));
  };

  it('are counted back where an earlier release has counted them', async () => {
    const companyId = someCompany();
    const session = (await uploads.create(someSession(companyId, { reservedOctets: 600 }), small)) as UploadSession;
    const forgetting = {
      TableName: table.name,
      Key: keyOf(uploadItem(session.id)),
      UpdateExpression: 'REMOVE countedIn',
    };
    await table.client.send(new UpdateItemCommand(forgetting));

    const raised = (await uploads.reserve(session, 700, small)) as UploadSession;
    expect(await usedOf(companyId)).toEqual({ [`company#${companyId}`]: [1, 700] });
    await table.client.send(new UpdateItemCommand(forgetting));
    await uploads.save({ ...raised, state: 'expired' });

    expect(await usedOf(companyId)).toEqual({ [`company#${companyId}`]: [0, 0] });
  });

  it('leave a counter that a smaller quota no longer has when they need more', async () => {
    const companyId = someCompany();
    const opened = await Promise.all(
      Array.from({ length: 16 }, () => uploads.create(someSession(companyId, { reservedOctets: 10 }), large)),
    );
    expect(Object.values(await usedOf(companyId))).toEqual(Array.from({ length: 4 }, () => [4, 40]));

    const sessions = opened as UploadSession[];
    for (const session of sessions.slice(1)) await uploads.save({ ...session, state: 'completed' });
    const raised = await uploads.reserve(sessions[0] as UploadSession, 20, small);

    expect(raised).toMatchObject({ reservedOctets: 20 });
    expect((await usedOf(companyId))[`company#${companyId}`]).toEqual([1, 20]);
  });
});
