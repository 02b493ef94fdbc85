import { PrintError } from '../core/domain/errors.ts';

/** A form with hundreds of thousands of names takes seconds to parse. */
const pairsAtMost = 10_000;

const utf8 = /^utf-?8$/i;

/**
 * Decodes a body with the character set of its media type, UTF-8 by default [RFC 8259 8.1]. Refuses characters that
 * cannot be decoded: replacement characters would be printed.
 */
export function textOf(body: Uint8Array, contentType = ''): string {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType) ?? [];
  const hasUtf16Mark = (body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff);
  const name = hasUtf16Mark ? (body[0] === 0xff ? 'utf-16le' : 'utf-16be') : charset;
  try {
    return decoderOf(name).decode(body);
  } catch (cause) {
    if (cause instanceof PrintError) throw cause;
    const advice = utf8.test(name) ? ', or name its character set in Content-Type, as in "; charset=iso-8859-1"' : '';
    throw new PrintError('bad-request', `The body is not ${name.toUpperCase()} text. Send UTF-8${advice}.`, { cause });
  }
}

function decoderOf(name: string) {
  try {
    return new TextDecoder(name, { fatal: true });
  } catch (cause) {
    const message = `The character set "${name.slice(0, 40)}" is not supported. Send UTF-8.`;
    throw new PrintError('unsupported-media-type', message, { cause });
  }
}

/**
 * Parses a query or a urlencoded form [WHATWG URL, application/x-www-form-urlencoded]. Refuses percent-encoded octets
 * that are not UTF-8, as some older programs send, and forms with too many fields.
 */
export function formValues(text: string): URLSearchParams {
  let pairs = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) pairs += 1;
  if (pairs > pairsAtMost) throw new PrintError('bad-request', `A form may have at most ${pairsAtMost} fields.`);
  const escaped = text.replaceAll('+', ' ').match(/(?:%[0-9a-f]{2})+/gi) ?? [];
  for (const run of escaped) {
    try {
      decodeURIComponent(run);
    } catch (cause) {
      throw new PrintError('bad-request', `The parameters contain ${run.slice(0, 30)}, which is not UTF-8 text.`, {
        cause,
      });
    }
  }
  return new URLSearchParams(text);
}
