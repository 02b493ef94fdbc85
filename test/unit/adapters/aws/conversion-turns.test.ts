import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeConversionTurns, turnsPerCompany } from '../../../../shared/adapters/aws/dynamo/conversion-turns.ts';
import type { Item } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import type { CompanyId } from '../../../../shared/core/domain/ids.ts';
import { functions } from '../../../../shared/protocol/service-table.ts';

const [acme, rival] = ['acme', 'rival'] as CompanyId[] as [CompanyId, CompanyId];
const renderMilliseconds = functions.render.timeoutSeconds * 1000;

let now = 0;
let items: Map<string, Item>;
let isAway = false;

/** One table with the conditions of turns. */
const client = {
  async send(command: unknown) {
    if (command instanceof QueryCommand) {
      const pk = command.input.ExpressionAttributeValues?.[':pk']?.S;
      return { Items: [...items.values()].filter(item => item.pk?.S === pk) };
    }
    const {
      Key,
      Item: put,
      ExpressionAttributeValues: values = {},
    } = (command as PutItemCommand & DeleteItemCommand).input;
    const name = `${(put ?? Key)?.pk?.S} ${(put ?? Key)?.sk?.S}`;
    const there = items.get(name);
    const refuse = () => {
      throw new ConditionalCheckFailedException({ message: '', $metadata: {}, Item: there });
    };
    if (command instanceof PutItemCommand) {
      if (there && Number(there.until?.N) > Number(values[':now']?.N)) refuse();
      items.set(name, put as Item);
    } else if (command instanceof DeleteItemCommand) {
      if (isAway) throw new Error('away');
      if (there?.token?.S !== values[':token']?.S) refuse();
      items.delete(name);
    } else if (command instanceof UpdateItemCommand) {
      if (!there || there.token?.S !== values[':token']?.S) refuse();
      items.set(name, { ...there, until: values[':until'] } as Item);
    }
    return {};
  },
} as unknown as DynamoDBClient;
const turns = makeConversionTurns({ client, name: 'jobs' }, () => now);
const takeAll = (companyId: CompanyId) =>
  Promise.all(Array.from({ length: turnsPerCompany }, () => turns.take(companyId)));

beforeEach(() => {
  now = 1_000_000;
  items = new Map();
  isAway = false;
});

describe('the turns of a company', () => {
  it('are as many as its share, also when they are taken at once', async () => {
    const taken = await takeAll(acme);

    expect(taken.filter(turn => turn !== undefined)).toHaveLength(turnsPerCompany);
    expect(await turns.take(acme)).toBeUndefined();
  });

  it('take none from another company', async () => {
    await takeAll(acme);

    expect(await turns.take(rival)).toBeDefined();
  });

  it('are free again when they end', async () => {
    const [first] = await takeAll(acme);
    await first?.end();

    expect(await turns.take(acme)).toBeDefined();
    expect(await turns.take(acme)).toBeUndefined();
  });

  it('are free again when their function must have ended', async () => {
    await takeAll(acme);
    now += renderMilliseconds - 1;
    expect(await turns.take(acme)).toBeUndefined();

    now += 1;
    expect(await turns.take(acme)).toBeDefined();
  });

  it('that cannot be ended are free when their function must have ended', async () => {
    const [first] = await takeAll(acme);
    isAway = true;

    await first?.end();

    expect(await turns.take(acme)).toBeUndefined();
    now += renderMilliseconds;
    expect(await turns.take(acme)).toBeDefined();
  });

  it('go by themselves a day later', async () => {
    await turns.take(acme);

    const [turn] = items.values();
    expect(Number(turn?.expiresAt?.N)).toBe(Math.floor((now + renderMilliseconds) / 1000) + 24 * 60 * 60);
  });

  it('last as long again when they are renewed', async () => {
    const taken = await takeAll(acme);
    now += renderMilliseconds - 1;
    await Promise.all(taken.map(turn => turn?.renew()));
    now += renderMilliseconds - 1;
    expect(await turns.take(acme)).toBeUndefined();

    now += 1;
    expect(await turns.take(acme)).toBeDefined();
  });

  it('that have expired renew nothing of their successor', async () => {
    const [late] = await takeAll(acme);
    now += renderMilliseconds;
    await takeAll(acme);
    now += renderMilliseconds - 1;

    await late?.renew();

    now += 1;
    expect(await turns.take(acme)).toBeDefined();
  });

  it('that have expired end nothing of their successor', async () => {
    const [late] = await takeAll(acme);
    now += renderMilliseconds;
    await takeAll(acme);

    await late?.end();

    expect(await turns.take(acme)).toBeUndefined();
  });
});
