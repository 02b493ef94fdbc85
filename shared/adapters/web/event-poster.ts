import { PrintError } from '../../core/domain/errors.ts';
import { checkWebhookUrl } from '../../core/domain/webhook.ts';
import type { TryResult } from '../../core/domain/webhook-schedule.ts';
import type { EventPoster } from '../../core/ports/index.ts';
import { allowFetch } from '../../protocol/config.ts';
import { version } from '../../protocol/version.ts';
import { type EgressResponse, egressFetch } from './egress-fetch.ts';
import { isAllowed, isPrivateNumber } from './egress-policy.ts';
import { RenderError } from './render-error.ts';

/** [Standard Webhooks: 15 to 30 s] */
const deadlineMs = 20_000;
/** Of the answer, for a person to read. */
const textOctets = 1024;

/** Posts events under the egress policy. The name is resolved once for each try, and the address is checked and pinned. */
export const eventPoster: EventPoster = {
  check(url) {
    const policy = { allowFetch: allowFetch() };
    checkWebhookUrl(url, address => isAllowed(address, policy));
    if (isPrivateNumber(url, policy))
      throw new PrintError(
        'bad-address',
        'The address of "url" is private. The operator can permit it with --allow-fetch.',
      );
  },

  async post(url, headers, body) {
    const startedAt = performance.now();
    const milliseconds = () => Math.round(performance.now() - startedAt);
    try {
      const response = await egressFetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': `Platen/${version}`,
          'accept-encoding': 'identity',
          ...headers,
        },
        allowFetch: allowFetch(),
        redirects: 0,
        maxOctets: 64 * textOctets,
        deadlineMs,
      });
      const result = { status: response.status, milliseconds: milliseconds(), ...retryAfter(response) };
      return { ...result, text: await beginningOf(response) };
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      return { error: error.message, milliseconds: milliseconds(), text: '' };
    }
  },
};

/** Seconds, or a date [RFC 9110 10.2.3]. */
function retryAfter({ headers }: EgressResponse): Pick<TryResult, 'retryAfterMilliseconds'> {
  const text = headers['retry-after'];
  if (text === undefined) return {};
  const wait = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? {} : { retryAfterMilliseconds: Math.max(wait, 0) };
}

/** The status has decided: a body that breaks off or comes slowly changes nothing. */
async function beginningOf({ body }: EgressResponse): Promise<string> {
  const pieces: Buffer[] = [];
  let octets = 0;
  const late = setTimeout(() => body.destroy(), bodyMilliseconds);
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      pieces.push(piece);
      octets += piece.length;
      if (octets >= textOctets) break;
    }
  } catch {
    // what has come is shown
  } finally {
    clearTimeout(late);
    body.destroy();
  }
  return Buffer.concat(pieces).subarray(0, textOctets).toString('utf8');
}

const bodyMilliseconds = 1000;
