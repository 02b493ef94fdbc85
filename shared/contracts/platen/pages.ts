import type { ListPage } from '../../core/usecases/relays/manage-printers.ts';

export interface PageQuery {
  limit: number;
  /** the name of the last record of the page before */
  cursor?: string;
}

/** An answer of a function has at most 6 MB, in which JSON is quoted once more [AWS Lambda quotas]. */
const pageOctets = 3_000_000;

/** One record more than a page has, which tells whether there is a next page. */
export const readPage = ({ limit, cursor }: PageQuery): ListPage => ({ limit: limit + 1, after: cursor });

/** Of the records that were read: as many as fit into one answer, and at least one. */
export function cutPage<Record>(
  read: Record[],
  nameOf: (record: Record) => string,
  { limit }: PageQuery,
): { records: Record[]; next?: string } {
  let octets = 0;
  const isFull = (record: Record, index: number) => {
    octets += Buffer.byteLength(JSON.stringify(record));
    return index >= limit || (index > 0 && octets > pageOctets);
  };
  const end = read.findIndex(isFull);
  const records = end < 0 ? read : read.slice(0, end);
  const last = records.at(-1);
  return { records, next: end < 0 || last === undefined ? undefined : nameOf(last) };
}
