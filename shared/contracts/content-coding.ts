import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { PrintError } from '../core/domain/errors.ts';
import { announcedDigests, wrongDigest } from '../protocol/digests.ts';
import type { HttpRequest } from './contract.ts';

/** The maximum decoded size of a body: more than any gateway accepts uncompressed, and small enough for memory. */
const decodedOctetsAtMost = 64 * 1024 * 1024;
/** Each may unfold to that size, and a header has room for two thousand. */
const codingsAtMost = 2;

type Decode = (body: Buffer, options: { maxOutputLength: number }) => Buffer;

/** [RFC 9110 8.4.1, RFC 7932, RFC 8878] */
const decoders: Record<string, Decode> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  // the zlib format by the standard; old clients send raw deflate
  deflate: (body, options) => ((body[0] ?? 0) % 16 === 8 ? inflateSync(body, options) : inflateRawSync(body, options)),
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/**
 * Checks the body against the request's digests and decodes its `Content-Encoding`, so that a compressed body is not
 * taken for the document.
 */
export function decodeContent(request: HttpRequest): HttpRequest {
  checkDigests(request);
  const codings = (request.headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map(coding => coding.trim())
    .filter(coding => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return request;
  if (codings.length > codingsAtMost) {
    throw new PrintError(
      'unsupported-media-type',
      `The body has ${codings.length} Content-Encodings. Send it with at most ${codingsAtMost}, or without one.`,
    );
  }
  return { ...request, body: codings.reduceRight(decode, request.body) };
}

function decode(body: Buffer, coding: string): Buffer {
  const decoder = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
  if (!decoder) {
    const known = Object.keys(decoders).join(', ');
    throw new PrintError(
      'unsupported-media-type',
      `The Content-Encoding "${coding.slice(0, 40)}" is not supported. Send the body without one, or in ${known}.`,
    );
  }
  try {
    return decoder(body, { maxOutputLength: decodedOctetsAtMost });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `The decoded ${coding} body is too large: at most ${decodedOctetsAtMost} bytes are allowed.`;
      throw new PrintError('too-large', message, { cause });
    }
    throw new PrintError('bad-request', `The body is not ${coding} data, although its Content-Encoding is ${coding}.`, {
      cause,
    });
  }
}

function checkDigests({ headers, body }: HttpRequest): void {
  const digests = announcedDigests(headers);
  for (const digest of digests) digest.update(body);
  const wrong = wrongDigest(digests);
  if (wrong) throw new PrintError('bad-request', `The body does not match its ${wrong} digest. Send it again.`);
}
