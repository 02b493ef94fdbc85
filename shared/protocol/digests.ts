import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * Digests that a request announces for its body as it is sent: Content-MD5 [RFC 1864], Content-Digest and Repr-Digest
 * [RFC 9530], Digest [RFC 3230], and those of Amazon S3 [x-amz-checksum-*]. Algorithms that are not known here are ignored.
 */

type Headers = Record<string, string | string[] | undefined>;

interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

const hash = (name: string) => (): RunningDigest => createHash(name);

const algorithms: Record<string, () => RunningDigest> = {
  'sha-256': hash('sha256'),
  'sha-512': hash('sha512'),
  sha256: hash('sha256'),
  sha: hash('sha1'),
  sha1: hash('sha1'),
  md5: hash('md5'),
  crc32: runningCrc32,
};

export interface AnnouncedDigest extends RunningDigest {
  /** lower case, as in the header */
  algorithm: string;
  expected: Buffer;
}

/**
 * One running digest for each algorithm that the headers name. Of several with one algorithm the last counts [RFC 8941
 * 4.2.2]: each costs a pass over the body, and a header has room for more than a thousand.
 */
export function announcedDigests(headers: Headers): AnnouncedDigest[] {
  const announced = Object.entries(headers).flatMap(([header, value]) =>
    pairsIn(header, String(value ?? '')).flatMap(([name, text]) => {
      const algorithm = name.toLowerCase();
      const start = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
      if (!start) return [];
      const running = start();
      return [
        {
          algorithm,
          expected: Buffer.from(text, 'base64'),
          update: (bytes: Uint8Array) => running.update(bytes),
          digest: () => running.digest(),
        },
      ];
    }),
  );
  return [...new Map(announced.map(digest => [digest.algorithm, digest])).values()];
}

/** The first digest that the body does not have, once all of the body went through `update`. */
export function wrongDigest(digests: AnnouncedDigest[]): string | undefined {
  const isWrong = ({ expected, digest }: AnnouncedDigest) => {
    const actual = digest();
    return actual.length !== expected.length || !timingSafeEqual(actual, expected);
  };
  return digests.find(isWrong)?.algorithm;
}

function pairsIn(header: string, value: string): [name: string, base64: string][] {
  if (header === 'content-md5') return [['md5', value]];
  if (header.startsWith('x-amz-checksum-')) return [[header.slice('x-amz-checksum-'.length), value]];
  if (!['content-digest', 'repr-digest', 'digest'].includes(header)) return [];
  // `sha-256=:base64:` of RFC 9530, `SHA-256=base64` of RFC 3230
  const found = value.matchAll(/([\w-]+)=:?([A-Za-z0-9+/=]+):?/g);
  return Array.from(found, ([, name = '', base64 = '']) => [name, base64]);
}

function runningCrc32(): RunningDigest {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const octets = Buffer.alloc(4);
      octets.writeUInt32BE(value);
      return octets;
    },
  };
}
