import { createHash } from 'node:crypto';
import type { CompanyId, JobId, RelayId, UploadId } from '../../../core/domain/ids.ts';
import { type PrinterName, printerKey } from '../../../core/domain/printer.ts';
import { type Piece, type UploadSession, windowOf } from '../../../core/domain/upload-session.ts';

/*
 * Every key of every table and of the bucket. All tables have string keys `pk` and `sk`, are read by key or index and
 * never scanned, and expire items by `expiresAt` (seconds since 1970).
 *
 *   jobs      pk                               sk
 *             job#<id>                         job                  a job; in the indexes byCompany and byDueAt
 *             printer#<company>#<loc>:<dev>    sequence             the last sequence number of the printer
 *             printer#<company>#<loc>:<dev>    waiting#<sequence>   a job's place in the printer's order
 *             printer#<company>#<loc>:<dev>    newest#<sha256>      the newest job of a client's key that supersedes
 *             claim#<company>#<sha256>         claim                the jobs created under an idempotency key
 *             document#<key>                   jobs                 the jobs of a document that several may use
 *             over#jobs                        until                documents of jobs over by then are deleted
 *             company#<id>                     turn#<number>        a conversion that is being made
 *             company#<id>                     day#<day>            the jobs of a day, of companies with such a quota
 *             company#<id>                     stored#<day>         the octets stored on a day, of companies with such a quota
 *
 *   uploads   upload#<id>                      session              a session; in the index byExpiry while it is open
 *             upload#<id>                      part#<number>        the part that a window was composed into
 *             company#<id>                     in-flight            the quota used by the company's open uploads: counter 0
 *             company#<id>#<counter>           in-flight            the other counters of a large quota
 *
 *   registry  company#<id>                     company
 *             company#<id>                     location#<loc>
 *             company#<id>                     printer#<loc>:<dev>
 *             company#<id>                     credits              remaining credits, if there is a limit
 *             company#<id>                     charge#<job>         marks a job as charged
 *             key#<sha256>                     key                  in the index keysByCompany
 *             key-use#<sha256>                 key-use              when a key was used
 *             relay#<id>                       relay
 *             code#<sha256>                    code
 *
 *   events    company#<id>                     event#<sequence>     an event
 *             seen#<event id>                  seen                 the company and number of an event
 *             company#<id>                     announced#<place>    what the last event of a printer or location showed
 *             company#<id>                     webhook#<id>         a webhook
 *             webhook#<id>                     health               how its receiver does
 *             webhook#<id>                     places               until when each of its places is taken by a delivery under way
 *             webhook#<id>                     delivery#<sequence>  an event to deliver; in the index byDueAt while it is due
 *             webhook#<id>                     try#<time>#<seq>     one try
 *             webhook#<id>                     replay#<time>#<id>   a replay
 *             keyring#installation             keyring              the encrypted secret of the installation
 *             company#<id>                     head                 the number of the newest event, and `inUseUntil`
 *
 * Places are items, not an index of the jobs: an index lags and may show a later job before an earlier one, and a
 * relay would print them in that order. A place is written before its job and removed after it. A place without a job
 * is possible, a waiting job without a place is not; readers of places trust the job.
 *
 * byDueAt holds a time `lookAt` for each job, at or before the job's `dueAt`: most jobs change long before they are
 * due, and their saves need not write to the index. The item's `due`, which is in no index, says when that is. The
 * index has several shards, since all jobs of a minute would otherwise share one partition. Jobs that are over are in other
 * partitions of the index, by the time since when they are: the sweep deletes their documents. byCompany has one partition a company: about 1,000 new jobs a second for each [Amazon DynamoDB,
 * partition limits].
 *
 *   bucket    companies/<company>/documents/<token>
 *             companies/<company>/outputs/<job>/<token>
 *             companies/<company>/outputs/<job>/<token>/<index>         the files of an output of several files
 *             companies/<company>/conversions/<token>/request
 *             companies/<company>/conversions/<token>/document
 *             uploads/<company>/<upload>/file
 *             uploads/<company>/<upload>/segments/<window>/<offset>-<octets>-<ordinal>
 */

export interface IndexShape {
  name: string;
  partitionKey: KeyAttribute;
  sortKey: KeyAttribute;
  projection: 'KEYS_ONLY' | 'ALL';
}

interface KeyAttribute {
  name: string;
  type: 'S' | 'N';
}

export interface TableShape {
  /** the items of its stream whose changes make events, by sort key; `state` is an attribute */
  streamed?: { sortKeys: { prefix: string }[]; state?: string };
  partitionKey: KeyAttribute;
  sortKey: KeyAttribute;
  timeToLive: string;
  indexes: IndexShape[];
}

const text = (name: string) => ({ name, type: 'S' }) as const;
const number = (name: string) => ({ name, type: 'N' }) as const;
const keyed = { partitionKey: text('pk'), sortKey: text('sk'), timeToLive: 'expiresAt' } as const;

export type TableName = 'jobs' | 'uploads' | 'registry' | 'events';

/** Table definitions for the infrastructure. Never change a key: CloudFormation would replace the table. */
export const tables: Record<TableName, TableShape> = {
  jobs: {
    ...keyed,
    streamed: { sortKeys: [{ prefix: 'job' }] },
    indexes: [
      { name: 'byCompany', partitionKey: text('listOf'), sortKey: text('listedAt'), projection: 'KEYS_ONLY' },
      { name: 'byDueAt', partitionKey: text('dueShard'), sortKey: number('lookAt'), projection: 'KEYS_ONLY' },
    ],
  },
  uploads: {
    ...keyed,
    // each segment changes its session: only the last change matters
    streamed: { sortKeys: [{ prefix: 'session' }], state: 'completed' },
    indexes: [
      { name: 'byExpiry', partitionKey: text('expiryShard'), sortKey: number('endsAt'), projection: 'KEYS_ONLY' },
    ],
  },
  registry: {
    ...keyed,
    streamed: { sortKeys: [{ prefix: 'printer#' }, { prefix: 'location#' }, { prefix: 'relay' }] },
    indexes: [{ name: 'keysByCompany', partitionKey: text('keyOf'), sortKey: text('pk'), projection: 'ALL' }],
  },
  events: {
    ...keyed,
    indexes: [{ name: 'byDueAt', partitionKey: text('dueShard'), sortKey: number('dueAt'), projection: 'ALL' }],
  },
};

/** Key prefixes of the bucket, for grants and lifecycle rules. */
export const documentsPrefix = 'companies/';
export const stagingPrefix = 'uploads/';

export interface ItemKey {
  pk: string;
  sk: string;
}

const sha256 = (words: string) => createHash('sha256').update(words).digest('hex');
const digits = (value: number, places: number) => String(value).padStart(places, '0');

export const jobItem = (id: JobId): ItemKey => ({ pk: `job#${id}`, sk: 'job' });
export const jobIdOf = ({ pk }: ItemKey) => pk.slice('job#'.length) as JobId;
const printerItems = (companyId: CompanyId, printer: PrinterName) => `printer#${companyId}#${printerKey(printer)}`;
export const sequenceItem = (companyId: CompanyId, printer: PrinterName): ItemKey => ({
  pk: printerItems(companyId, printer),
  sk: 'sequence',
});
export const placesOf = (companyId: CompanyId, printer: PrinterName): ItemKey => ({
  pk: printerItems(companyId, printer),
  sk: 'waiting#',
});
export const placeItem = (companyId: CompanyId, printer: PrinterName, sequence: number): ItemKey => ({
  pk: printerItems(companyId, printer),
  sk: `waiting#${digits(sequence, 16)}`,
});
export const newestItem = (companyId: CompanyId, printer: PrinterName, words: string): ItemKey => ({
  pk: printerItems(companyId, printer),
  sk: `newest#${sha256(words)}`,
});
/** Hashed, since a client's key may be longer than a DynamoDB key. */
export const claimItem = (companyId: CompanyId, words: string): ItemKey => ({
  pk: `claim#${companyId}#${sha256(words)}`,
  sk: 'claim',
});
export const dayItem = (companyId: CompanyId, day: number): ItemKey => ({
  pk: `company#${companyId}`,
  sk: `day#${day}`,
});
export const storedOf = (companyId: CompanyId): ItemKey => ({ pk: `company#${companyId}`, sk: 'stored#' });
export const storedItem = (companyId: CompanyId, day: number): ItemKey => ({
  pk: `company#${companyId}`,
  sk: `stored#${digits(day, 6)}`,
});
export const documentUsesOf = (companyId: CompanyId) => `document#${documentsPrefix}${companyId}/`;
export const documentUseItem = (key: string): ItemKey => ({ pk: `document#${key}`, sk: 'jobs' });
export const overUntilItem: ItemKey = { pk: 'over#jobs', sk: 'until' };
export const turnsOf = (companyId: CompanyId): ItemKey => ({ pk: `company#${companyId}`, sk: 'turn#' });
export const turnItem = (companyId: CompanyId, turn: number): ItemKey => ({
  pk: `company#${companyId}`,
  sk: `turn#${digits(turn, 3)}`,
});
/** Sorts by submission time. Also the value of `next` in a page. */
export const listedAt = (submittedAt: number, id: JobId) => `${digits(submittedAt, 15)}.${id}`;

export const uploadItem = (id: UploadId): ItemKey => ({ pk: `upload#${id}`, sk: 'session' });
export const uploadIdOf = ({ pk }: ItemKey) => pk.slice('upload#'.length) as UploadId;
export const partsOf = (id: UploadId): ItemKey => ({ pk: `upload#${id}`, sk: 'part#' });
export const partItem = (id: UploadId, part: number): ItemKey => ({
  pk: `upload#${id}`,
  sk: `part#${digits(part, 5)}`,
});

/** Partition keys differ, since a partition takes 1,000 writes a second. */
export const inFlightItem = (id: CompanyId, counter: number): ItemKey => ({
  pk: counter === 0 ? `company#${id}` : `company#${id}#${counter}`,
  sk: 'in-flight',
});

export const companyItem = (id: CompanyId): ItemKey => ({ pk: `company#${id}`, sk: 'company' });
export const locationsOf = (id: CompanyId): ItemKey => ({ pk: `company#${id}`, sk: 'location#' });
export const locationItem = (id: CompanyId, locationId: string): ItemKey => ({
  pk: `company#${id}`,
  sk: `location#${locationId}`,
});
export const printersOf = (id: CompanyId, locationId?: string): ItemKey => ({
  pk: `company#${id}`,
  sk: locationId === undefined ? 'printer#' : `printer#${locationId}:`,
});
export const printerItem = (id: CompanyId, name: PrinterName): ItemKey => ({
  pk: `company#${id}`,
  sk: `printer#${printerKey(name)}`,
});
export const creditsItem = (id: CompanyId): ItemKey => ({ pk: `company#${id}`, sk: 'credits' });
export const chargeItem = (id: CompanyId, jobId: JobId): ItemKey => ({ pk: `company#${id}`, sk: `charge#${jobId}` });
export const keyItem = (digest: string): ItemKey => ({ pk: `key#${digest}`, sk: 'key' });
/** Apart from the key, so that a function that reads keys needs no right to write them. */
export const keyUseItem = (digest: string): ItemKey => ({ pk: `key-use#${digest}`, sk: 'key-use' });
export const relayItem = (id: RelayId): ItemKey => ({ pk: `relay#${id}`, sk: 'relay' });
export const codeItem = (digest: string): ItemKey => ({ pk: `code#${digest}`, sk: 'code' });

export const headItem = (id: CompanyId): ItemKey => ({ pk: `company#${id}`, sk: 'head' });
export const eventItem = (id: CompanyId, sequence: number): ItemKey => ({
  pk: `company#${id}`,
  sk: `event#${digits(sequence, 12)}`,
});
/** Marks an event as written, so that it is written once. */
export const seenItem = (eventId: string): ItemKey => ({ pk: `seen#${eventId}`, sk: 'seen' });
export const announcedItem = (id: CompanyId, place: string): ItemKey => ({
  pk: `company#${id}`,
  sk: `announced#${place}`,
});
const webhookItems = (id: string) => `webhook#${id}`;
export const webhooksOf = (id: CompanyId): ItemKey => ({ pk: `company#${id}`, sk: 'webhook#' });
export const webhookItem = (id: CompanyId, webhook: string): ItemKey => ({
  pk: `company#${id}`,
  sk: `webhook#${webhook}`,
});
export const healthItem = (webhook: string): ItemKey => ({ pk: webhookItems(webhook), sk: 'health' });
export const placesItem = (webhook: string): ItemKey => ({ pk: webhookItems(webhook), sk: 'places' });
export const deliveriesOf = (webhook: string): ItemKey => ({ pk: webhookItems(webhook), sk: 'delivery#' });
export const deliveryItem = (webhook: string, sequence: number): ItemKey => ({
  pk: webhookItems(webhook),
  sk: `delivery#${digits(sequence, 12)}`,
});
export const triesOf = (webhook: string): ItemKey => ({ pk: webhookItems(webhook), sk: 'try#' });
export const tryItem = (webhook: string, at: number, sequence: number): ItemKey => ({
  pk: webhookItems(webhook),
  sk: `try#${digits(at, 15)}#${digits(sequence, 12)}`,
});
export const replayItem = (webhook: string, at: number, id: string): ItemKey => ({
  pk: webhookItems(webhook),
  sk: `replay#${digits(at, 15)}#${id}`,
});

export const keyringItem: ItemKey = { pk: 'keyring#installation', sk: 'keyring' };

/**
 * A partition takes 1,000 writes a second, and keys that only rise do not split one. Two writes a job: enough for 16,000
 * jobs a second, few enough to query all shards at once. More shards may be added, none removed.
 */
const shardCount = 32;
export const shards = Array.from({ length: shardCount }, (_, shard) => `shard#${shard}`);
/** Ids are random, so their first digits distribute evenly. */
export const shardOfText = (id: string) => shards[Number.parseInt(id.slice(0, 2), 16) % shardCount] as string;
export const shardOf = (id: JobId | UploadId) => shardOfText(id);
/** Of jobs that are over. */
export const overShards = shards.map(shard => `over-${shard}`);
export const overShardOf = (id: JobId) => `over-${shardOf(id)}`;

/** Without `window`, the prefix of all segments of the upload. */
export function segmentsPrefix({ companyId, id }: Pick<UploadSession, 'companyId' | 'id'>, window?: number): string {
  const all = `${stagingPrefix}${companyId}/${id}/segments/`;
  return window === undefined ? all : `${all}${digits(window, 5)}/`;
}

export function segmentKey(session: Pick<UploadSession, 'companyId' | 'id'>, piece: Piece): string {
  return `${segmentsPrefix(session, windowOf(piece.offset))}${piece.offset}-${piece.octets}-${piece.ordinal}`;
}

/** Parses a segment's key, which contains the metadata of the piece. */
export function pieceOf(key: string): Piece {
  const [offset, octets, ordinal] = key
    .slice(key.lastIndexOf('/') + 1)
    .split('-')
    .map(Number);
  return { offset, octets, ordinal } as Piece;
}
