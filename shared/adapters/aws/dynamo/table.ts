import { createHash } from 'node:crypto';
import type { CompanyId, JobId, RelayId, UploadId } from '../../../core/domain/ids.ts';
import { type PrinterName, printerKey } from '../../../core/domain/printer.ts';
import { type Piece, type UploadSession, windowOf } from '../../../core/domain/upload-session.ts';

/*
 * Every key of every table and of the bucket. All tables have a string `pk` and a string `sk`, are asked by key or by
 * index and never scanned, and forget items by `expiresAt` (seconds since 1970).
 *
 *   jobs      pk                               sk
 *             job#<id>                         job                  the job; in the indexes byCompany and byDueAt
 *             printer#<company>#<loc>:<dev>    sequence             the last number given to a job of the printer
 *             printer#<company>#<loc>:<dev>    waiting#<sequence>   a place in the printer's order, and whose it is
 *             claim#<company>#<sha256>         claim                what an idempotency key made
 *
 *   uploads   upload#<id>                      session              in the index byExpiry while it is open
 *             upload#<id>                      part#<number>        what a window was composed into
 *             company#<id>                     in-flight            what its open uploads have of its quota
 *
 *   registry  company#<id>                     company
 *             company#<id>                     location#<loc>
 *             company#<id>                     printer#<loc>:<dev>
 *             company#<id>                     credits              what it may still spend, if there is a limit
 *             company#<id>                     charge#<job>         that a job was charged
 *             key#<sha256>                     key                  in the index keysByCompany
 *             relay#<id>                       relay
 *             code#<sha256>                    code
 *
 * Places are items and not an index of the jobs, because indexes lag and may show a later job before an earlier one;
 * a relay would print them in that order. A place is written before its job and removed after it, so it may stand
 * there without one and never lacks; who reads places believes the job.
 *
 * byDueAt holds for each job a time at which to look at it, which may be earlier than the job's `dueAt` and is never
 * later: most jobs move on long before they are due, and need not be written to the index each time. It is spread over
 * shards, since otherwise all jobs of a minute would go to one partition. byCompany is one partition a company: about
 * 1,000 new jobs a second for each [Amazon DynamoDB, partition limits].
 *
 *   bucket    companies/<company>/documents/<token>                          as the core names them
 *             companies/<company>/outputs/<job>
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
  partitionKey: KeyAttribute;
  sortKey: KeyAttribute;
  timeToLive: string;
  indexes: IndexShape[];
}

const text = (name: string) => ({ name, type: 'S' }) as const;
const number = (name: string) => ({ name, type: 'N' }) as const;
const keyed = { partitionKey: text('pk'), sortKey: text('sk'), timeToLive: 'expiresAt' } as const;

export type TableName = 'jobs' | 'uploads' | 'registry';

/** The tables as infrastructure makes them. Never change a key: it would replace the table. */
export const tables: Record<TableName, TableShape> = {
  jobs: {
    ...keyed,
    indexes: [
      { name: 'byCompany', partitionKey: text('listOf'), sortKey: text('listedAt'), projection: 'KEYS_ONLY' },
      { name: 'byDueAt', partitionKey: text('dueShard'), sortKey: number('lookAt'), projection: 'KEYS_ONLY' },
    ],
  },
  uploads: {
    ...keyed,
    indexes: [
      { name: 'byExpiry', partitionKey: text('expiryShard'), sortKey: number('endsAt'), projection: 'KEYS_ONLY' },
    ],
  },
  registry: {
    ...keyed,
    indexes: [{ name: 'keysByCompany', partitionKey: text('keyOf'), sortKey: text('pk'), projection: 'ALL' }],
  },
};

/** First words of the bucket's keys, for grants and lifecycle rules. */
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
/** The client's own words may be longer than a key may be. */
export const claimItem = (companyId: CompanyId, words: string): ItemKey => ({
  pk: `claim#${companyId}#${sha256(words)}`,
  sk: 'claim',
});
/** Sorts as the jobs were submitted, and is what `next` of a page looks like. */
export const listedAt = (submittedAt: number, id: JobId) => `${digits(submittedAt, 15)}.${id}`;

export const uploadItem = (id: UploadId): ItemKey => ({ pk: `upload#${id}`, sk: 'session' });
export const uploadIdOf = ({ pk }: ItemKey) => pk.slice('upload#'.length) as UploadId;
export const partsOf = (id: UploadId): ItemKey => ({ pk: `upload#${id}`, sk: 'part#' });
export const partItem = (id: UploadId, part: number): ItemKey => ({
  pk: `upload#${id}`,
  sk: `part#${digits(part, 5)}`,
});

export const inFlightItem = (id: CompanyId): ItemKey => ({ pk: `company#${id}`, sk: 'in-flight' });

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
export const relayItem = (id: RelayId): ItemKey => ({ pk: `relay#${id}`, sk: 'relay' });
export const codeItem = (digest: string): ItemKey => ({ pk: `code#${digest}`, sk: 'code' });

/** Enough that the sweep's index takes some 8,000 writes a second, few enough to ask them all at once. */
const shardCount = 8;
export const shards = Array.from({ length: shardCount }, (_, shard) => `shard#${shard}`);
/** Ids are random digits, so the first of them spreads evenly. */
export const shardOf = (id: JobId | UploadId) => shards[Number.parseInt(id.slice(0, 2), 16) % shardCount] as string;

/** Without a window: all segments of the upload. */
export function segmentsPrefix({ companyId, id }: Pick<UploadSession, 'companyId' | 'id'>, window?: number): string {
  const all = `${stagingPrefix}${companyId}/${id}/segments/`;
  return window === undefined ? all : `${all}${digits(window, 5)}/`;
}

export function segmentKey(session: Pick<UploadSession, 'companyId' | 'id'>, piece: Piece): string {
  return `${segmentsPrefix(session, windowOf(piece.offset))}${piece.offset}-${piece.octets}-${piece.ordinal}`;
}

/** What a segment's key says of it; the key is the index. */
export function pieceOf(key: string): Piece {
  const [offset, octets, ordinal] = key
    .slice(key.lastIndexOf('/') + 1)
    .split('-')
    .map(Number);
  return { offset, octets, ordinal } as Piece;
}
