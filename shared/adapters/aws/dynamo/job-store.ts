import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PrintError } from '../../../core/domain/errors.ts';
import type { CompanyId, JobId } from '../../../core/domain/ids.ts';
import { isWaiting, type Job } from '../../../core/domain/job.ts';
import type { JobStore, Saved } from '../../../core/ports/index.ts';
import { log } from '../../../telemetry/log.ts';
import { createAll, replayOf } from './create-jobs.ts';
import { dueJobs } from './due-jobs.ts';
import {
  conditional,
  getAll,
  type Item,
  itemKeyOf,
  itemsUnder,
  keyOf,
  numberIn,
  pagesOf,
  readItem,
  type Table,
  writeAll,
} from './dynamo.ts';
import { contentOf, jobIn, lookOf, parsePosition, placeKeyOf, placeOf } from './job-items.ts';
import { countJobs, uncountJobs } from './jobs-of-day.ts';
import { recordNewest } from './newest-jobs.ts';
import { claimItem, jobItem, placesOf } from './table.ts';

const jobsPerCreate = 50;
/** Limit of one BatchGetItem. */
const placesAtOnce = 100;

export function makeJobStore(table: Table, now: () => number): JobStore {
  const store: JobStore = {
    async create(jobs, claim, { jobsPerDay } = {}) {
      if (jobs.length > jobsPerCreate)
        throw new PrintError('too-many', `Too many jobs in one request: at most ${jobsPerCreate} are allowed.`);
      const count = { companyId: jobs[0]?.companyId as CompanyId, jobs: jobs.length, at: now() };
      const isCounted = jobsPerDay !== undefined && (await countJobs(table, count, jobsPerDay));
      if (jobsPerDay !== undefined && !isCounted) return (claim && (await store.claimed(claim))) ?? 'day-is-full';
      const outcome = await createAll(table, jobs, claim, count.at);
      const areCreated = typeof outcome === 'object' && 'created' in outcome;
      if (isCounted && !areCreated) await uncountJobs(table, count);
      return outcome;
    },

    async claimed(claim) {
      const item = await readItem(table, claimItem(claim.companyId, claim.key));
      // DynamoDB may delete expired items days later
      return item && numberIn(item, 'expiresAt') * 1000 > now() ? replayOf(item, claim) : undefined;
    },

    async get(id) {
      const item = await readItem(table, jobItem(id));
      return item && jobIn(item);
    },

    save: job => saveJob(table, job, now()),

    async waiting(companyId, printer, limit, known = []) {
      const found: Job[] = [];
      for await (const places of itemsUnder(table, placesOf(companyId, printer), Math.min(limit, placesAtOnce))) {
        const { held, left } = await holdersOf(table, places, known);
        found.push(...held);
        await removePlaces(table, left);
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },

    async list(companyId, limit, before) {
      const pages = pagesOf(table, {
        IndexName: 'byCompany',
        KeyConditionExpression: before === undefined ? 'listOf = :of' : 'listOf = :of AND listedAt < :before',
        ExpressionAttributeValues: {
          ':of': { S: companyId },
          ...(before === undefined ? {} : { ':before': { S: parsePosition(before) } }),
        },
        ScanIndexForward: false,
        Limit: limit + 1,
      });
      const { value: rows = [] } = await pages.next();
      const jobs = (await getAll(table, rows.slice(0, limit).map(itemKeyOf))).map(jobIn);
      return { jobs, next: rows.length > limit ? rows[limit - 1]?.listedAt?.S : undefined };
    },

    supersede: job => recordNewest(table, job, now()),

    due: at => dueJobs(table, at),
  };
  return store;
}

/** A job gets its place when it is created, and again when it comes back from a relay or from a hold. */
function takesPlace(job: Job): boolean {
  const before = job.history.at(-2)?.standing;
  const wasWaiting = before !== undefined && isWaiting({ ...job, standing: before });
  return isWaiting(job) && job.version > 1 && !wasWaiting;
}

/**
 * The index `byDueAt` keeps its time as long as that is not too late, so most saves do not write to it. If it is too
 * late, the first update fails although the version matches, and the second one sets it.
 */
async function saveJob(table: Table, job: Job, at: number): Promise<Saved<Job>> {
  const saved: Job = { ...job, version: job.version + 1 };
  if (takesPlace(saved)) await writeAll(table, [{ PutRequest: { Item: placeOf(saved, at) } }]);
  const writtenBy = randomUUID();
  let outcome = await conditional(update(table, job, saved, writtenBy, 'keep-earlier-look'));
  const isLookTooLate = 'refusedBy' in outcome && outcome.refusedBy?.version?.N === String(job.version);
  if (isLookTooLate) outcome = await conditional(update(table, job, saved, writtenBy, 'set-look'));
  if ('done' in outcome) {
    const hadPlace = outcome.done.Attributes?.placeOf !== undefined;
    // reading the places removes a place that is left here
    if (hadPlace && !isWaiting(saved)) {
      await removePlaces(table, [saved]).catch(error => log.warn('place-not-removed', { jobId: saved.id, error }));
    }
    return { saved };
  }
  const { refusedBy } = outcome;
  // written by us: only the answer was lost
  if (refusedBy?.writtenBy?.S === writtenBy) return { saved };
  return { conflict: refusedBy && jobIn(refusedBy) };
}

function update(table: Table, job: Job, saved: Job, writtenBy: string, how: 'keep-earlier-look' | 'set-look') {
  const set: Item = contentOf(saved, writtenBy);
  const values: Item = { ':from': { N: String(job.version) } };
  const look = lookOf(saved);
  if (isWaiting(saved)) set.placeOf = { N: String(saved.attempt) };
  const removed = [
    ...(isWaiting(saved) ? [] : ['placeOf']),
    ...(look.lookAt ? [] : ['dueShard', 'lookAt']),
    ...(set.due ? [] : ['due']),
    ...(set.expiresAt ? [] : ['expiresAt']),
  ];
  const setClauses = Object.keys(set).map(name => `${name} = :${name}`);
  for (const [name, value] of Object.entries({ ...set, ...look })) values[`:${name}`] = value;
  const keepsLook = set.due && how === 'keep-earlier-look';
  const lookClauses = Object.keys(look).map(name =>
    keepsLook ? `${name} = if_not_exists(${name}, :${name})` : `${name} = :${name}`,
  );
  return table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: keyOf(jobItem(job.id)),
      UpdateExpression: `SET ${[...setClauses, ...lookClauses].join()}${removed.length > 0 ? ` REMOVE ${removed.join()}` : ''}`,
      ConditionExpression: keepsLook
        ? 'version = :from AND (attribute_not_exists(lookAt) OR lookAt <= :lookAt)'
        : 'version = :from',
      ExpressionAttributeValues: values,
      ReturnValues: 'UPDATED_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
  );
}

/** The jobs that hold these places, in order, and the jobs that have left theirs. */
async function holdersOf(table: Table, places: Item[], known: Job[]): Promise<{ held: Job[]; left: Job[] }> {
  const jobs = new Map(known.map(job => [job.id, job]));
  const unknown = places.map(place => place.jobId?.S as JobId).filter(id => !jobs.has(id));
  for (const item of await getAll(table, unknown.map(jobItem))) {
    const job = jobIn(item);
    jobs.set(job.id, job);
  }
  const held: Job[] = [];
  const left: Job[] = [];
  for (const place of places) {
    const job = jobs.get(place.jobId?.S as JobId);
    const isTheirs = job?.printer && placeKeyOf(job).sk === place.sk?.S;
    if (!isTheirs) continue;
    if (isWaiting(job)) held.push(job);
    // a place with a later version belongs to a job that is being saved
    else if (!(job.version < numberIn(place, 'version'))) left.push(job);
  }
  return { held, left };
}

/** Removes places unless a later version of the job uses them. */
async function removePlaces(table: Table, jobs: Job[]): Promise<void> {
  await Promise.all(
    jobs.map(job =>
      conditional(
        table.client.send(
          new DeleteItemCommand({
            TableName: table.name,
            Key: keyOf(placeKeyOf(job)),
            // places of release 0.1.0 have no version
            ConditionExpression: 'attribute_not_exists(version) OR version <= :version',
            ExpressionAttributeValues: { ':version': { N: String(job.version) } },
          }),
        ),
      ),
    ),
  );
}
