import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { PrintError } from '../../../core/domain/errors.ts';
import { announcedDigests, wrongDigest } from '../../../protocol/digests.ts';

/**
 * The body of a request, which fails at its end with `bad-value` when it does not have the digests that its headers
 * announce. A body without digests is the request itself, which is written without copying.
 */
export function checkedBody(request: IncomingMessage): Readable {
  const digests = announcedDigests(request.headers);
  if (digests.length === 0) return request;
  const octets = async function* () {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      for (const digest of digests) digest.update(chunk);
      yield chunk;
    }
    const wrong = wrongDigest(digests);
    if (wrong) throw new PrintError('bad-value', `The body does not have the ${wrong} digest that it was sent with.`);
  };
  return Readable.from(octets());
}

/** Why a body is no document as it is: an envelope or a coding around it would be printed. */
export function envelopeOf({ headers }: IncomingMessage): string | undefined {
  const type = headers['content-type'] ?? '';
  const coding = headers['content-encoding'] ?? 'identity';
  if (/^\s*multipart\//i.test(type)) return `Put the document itself, not a form (${type.slice(0, 80)}).`;
  if (coding.trim().toLowerCase() !== 'identity')
    return `Put the document without Content-Encoding (${coding.slice(0, 80)}).`;
  return undefined;
}
