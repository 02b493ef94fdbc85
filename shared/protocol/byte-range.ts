/** From the first octet up to before the last. */
export interface ByteRange {
  from: number;
  to: number;
}

/**
 * The octets that a `Range` header asks for [RFC 9110 14.1.2]. Undefined for several ranges and for what is none: both
 * get the whole [RFC 9110 14.2].
 */
export function parseByteRange(header: string | undefined, octets: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const from = first === '' ? Math.max(0, octets - Number(last)) : Number(first);
  const to = first === '' || last === '' ? octets : Math.min(Number(last) + 1, octets);
  return from < to ? { from, to } : 'unsatisfiable';
}
