import { PrintError } from '../core/domain/errors.ts';

/**
 * Decodes base64 text [RFC 4648 4, 5], with MIME line breaks allowed. Strict, since octets that a lenient decoder drops
 * would be missing on paper: a space may be a `+` that a form decoded, and an incomplete group of four means truncated
 * text. Only the URL-safe form may omit padding. `subject` names the text in the message, for example `"document.base64"`.
 */
export function decodeBase64(text: string, subject: string): Buffer {
  const refuse = (why: string) => new PrintError('bad-value', `${subject} is not base64: ${why}.`);
  const compact = text.trim().replace(/[\r\n\t]+ */g, '');
  if (compact === '') throw refuse('it is empty');
  if (compact.includes(' ')) throw refuse('it contains spaces. Check whether "+" was decoded as a space');
  const isStandard = /^[A-Za-z0-9+/]+={0,2}$/.test(compact);
  const isUrlSafe = /^[A-Za-z0-9_-]+={0,2}$/.test(compact);
  if (!isStandard && !isUrlSafe) throw refuse('it contains characters outside the alphabet');
  const digits = compact.replace(/=+$/, '');
  const isWhole = compact.length % 4 === 0 || (/[_-]/.test(compact) && digits === compact && digits.length % 4 !== 1);
  const bytes = isWhole ? Buffer.from(digits, 'base64') : undefined;
  if (!bytes || !endsClean(digits, bytes))
    throw refuse('it is truncated: the last group of four characters is incomplete');
  return bytes;
}

/** The bits of the last character that belong to no octet are zero [RFC 4648 3.5]. */
function endsClean(digits: string, bytes: Buffer): boolean {
  const rest = digits.length % 4;
  const tail = bytes.subarray(bytes.length - (bytes.length % 3 || 3)).toString('base64url');
  return rest === 0 || digits.slice(-rest).replaceAll('+', '-').replaceAll('/', '_') === tail;
}
