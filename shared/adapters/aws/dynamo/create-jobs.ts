import { randomUUID } from 'node:crypto';
import { type AttributeValue, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PrintError } from '../../../core/domain/errors.ts';
import type { JobId } from '../../../core/domain/ids.ts';
import { isWaiting, type Job } from '../../../core/domain/job.ts';
import { type PrinterName, printerKey } from '../../../core/domain/printer.ts';
import type { CreateOutcome, IdempotencyClaim } from '../../../core/ports/index.ts';
import { conditional, type Item, keyOf, orInternal, type Table, writeAll, writeTransaction } from './dynamo.ts';
import { itemOf, placeKeyOf, placeOf } from './job-items.ts';
import { claimItem, sequenceItem } from './table.ts';

/*
 * Creates jobs: first their sequence numbers, then their places in the printers' orders, then the jobs. A failure in
 * between leaves an unused number or a place without a job, and neither is visible. One job without a claim is one
 * conditional put; otherwise a transaction writes all or none, at twice the cost.
 */

const claimSeconds = 24 * 60 * 60;

export type Replay = Extract<CreateOutcome, { replayed: JobId[] } | 'other-request'>;

export async function createAll(
  table: Table,
  jobs: Job[],
  claim: IdempotencyClaim | undefined,
  now: number,
): Promise<CreateOutcome> {
  const numbered = await giveSequences(table, jobs);
  const waiting = numbered.filter(isWaiting);
  await writeAll(
    table,
    waiting.map(job => ({ PutRequest: { Item: placeOf(job, now) } })),
  );
  const [only] = numbered;
  const replay =
    only && numbered.length === 1 && !claim
      ? await putOne(table, only)
      : await putTogether(table, numbered, claim, now);
  if (!replay) return { created: numbered };
  await writeAll(
    table,
    waiting.map(job => ({ DeleteRequest: { Key: keyOf(placeKeyOf(job)) } })),
  );
  return replay;
}

/** Takes as many sequence numbers of each printer as it has jobs here, with one update per printer. */
async function giveSequences(table: Table, jobs: Job[]): Promise<Job[]> {
  const ofPrinter = Map.groupBy(
    jobs.filter(job => job.printer),
    job => printerKey(job.printer as PrinterName),
  );
  const sequences = new Map<Job, number>();
  await Promise.all(
    [...ofPrinter.values()].map(async its => {
      const [{ companyId, printer }] = its as [Job];
      const command = new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(sequenceItem(companyId, printer as PrinterName)),
        UpdateExpression: 'ADD #last :count',
        ExpressionAttributeNames: { '#last': 'last' },
        ExpressionAttributeValues: { ':count': { N: String(its.length) } },
        ReturnValues: 'UPDATED_NEW',
      });
      const { Attributes } = await orInternal(table.client.send(command));
      const first = Number(Attributes?.last?.N) - its.length + 1;
      for (const [index, job] of its.entries()) sequences.set(job, first + index);
    }),
  );
  return jobs.map(job => ({ ...job, sequence: sequences.get(job) ?? 0, version: 1 }));
}

async function putOne(table: Table, job: Job): Promise<undefined> {
  const writtenBy = randomUUID();
  const outcome = await conditional(
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: itemOf(job, writtenBy),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if ('refusedBy' in outcome && outcome.refusedBy?.writtenBy?.S !== writtenBy) throw alreadyThere();
}

async function putTogether(
  table: Table,
  jobs: Job[],
  claim: IdempotencyClaim | undefined,
  now: number,
): Promise<Replay | undefined> {
  const writtenBy = randomUUID();
  const isNew = 'attribute_not_exists(pk)';
  const items = jobs.map(job => ({
    Put: { TableName: table.name, Item: itemOf(job, writtenBy), ConditionExpression: isNew },
  }));
  const claimed = claim && {
    Put: {
      TableName: table.name,
      Item: claimOf(claim, jobs, now),
      ConditionExpression: `${isNew} OR expiresAt <= :now`,
      ExpressionAttributeValues: { ':now': seconds(now) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  };
  const reasons = await writeTransaction(table, claimed ? [claimed, ...items] : items);
  if (!reasons) return undefined;
  const existing = claim && reasons[0]?.Item;
  if (existing) return replayOf(existing, claim);
  throw alreadyThere();
}

export function replayOf(item: Item, claim: IdempotencyClaim): Replay {
  if (item.fingerprint?.S !== claim.fingerprint) return 'other-request';
  return { replayed: (item.jobIds?.L ?? []).map(({ S }) => S as JobId) };
}

function claimOf(claim: IdempotencyClaim, jobs: Job[], now: number): Item {
  return {
    ...keyOf(claimItem(claim.companyId, claim.key)),
    fingerprint: { S: claim.fingerprint },
    jobIds: { L: jobs.map(({ id }) => ({ S: id })) },
    expiresAt: seconds(now + claimSeconds * 1000),
  };
}

const seconds = (at: number): AttributeValue => ({ N: String(Math.floor(at / 1000)) });
const alreadyThere = () => new PrintError('internal', 'A job with this id already exists.');
