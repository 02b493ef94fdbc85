/** [from, to), in octets. */
export interface ByteRange {
  from: number;
  to: number;
}

/**
 * Parses a `Range` header [RFC 9110 14.1.2]. Undefined for several ranges and for an invalid header: both get the whole
 * document [RFC 9110 14.2].
 */
export function parseByteRange(header: string | undefined, octets: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const from = first === '' ? Math.max(0, octets - Number(last)) : Number(first);
  const to = first === '' || last === '' ? octets : Math.min(Number(last) + 1, octets);
  return from < to ? { from, to } : 'unsatisfiable';
}
