export interface PageQuery {
  limit?: number;
  /** the name of the last record of the page before */
  cursor?: string;
}

/** An answer of a function has at most 6 MB, in which JSON is quoted once more [AWS Lambda quotas]. */
const pageOctets = 3_000_000;

/** The records after the cursor, by name: as many as fit into one answer, and at least one. */
export function cutPage<Record>(
  all: Record[],
  nameOf: (record: Record) => string,
  { limit = Number.POSITIVE_INFINITY, cursor = '' }: PageQuery,
): { records: Record[]; next?: string } {
  const left = all.filter(record => nameOf(record) > cursor).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  let octets = 0;
  const isFull = (record: Record, index: number) => {
    octets += Buffer.byteLength(JSON.stringify(record));
    return index >= limit || (index > 0 && octets > pageOctets);
  };
  const end = left.findIndex(isFull);
  const records = end < 0 ? left : left.slice(0, end);
  const last = records.at(-1);
  return { records, next: end < 0 || last === undefined ? undefined : nameOf(last) };
}
