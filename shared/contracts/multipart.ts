import { isUtf8 } from 'node:buffer';
import { PrintError } from '../core/domain/errors.ts';
import { decodeBase64 } from './base64.ts';

/** A part of a form: a field, or a file with its sender's file name. */
export interface FormPart {
  name: string;
  fileName?: string;
  /** the part's own media type, which may name the character set of a field [RFC 7578 4.4, 5.1.2] */
  contentType?: string;
  bytes: Buffer;
}

const partsAtMost = 200;
const headOctetsAtMost = 16 * 1024;

/**
 * The boundary of a multipart form: the parameter of its media type [RFC 2046 5.1.1], or what its first lines show, since
 * programs that set the media type themselves leave it out. Undefined if the body is no form.
 */
export function boundaryOf(contentType: string, body: Buffer): string | undefined {
  const [, quoted, bare] = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  return quoted ?? bare ?? sniffBoundary(body);
}

function sniffBoundary(body: Buffer): string | undefined {
  const head = body.toString('latin1', 0, 512);
  return /^--([^\r\n]{1,70})\r\n(?:[\w-]+:[^\r\n]*\r\n)*?content-disposition:\s*form-data\b/i.exec(head)?.[1];
}

/** Parses a form [RFC 7578]. Throws `bad-request` when it is malformed. */
export function parseMultipart(body: Buffer, boundary: string): FormPart[] {
  const delimiter = `\r\n--${boundary}`;
  // no line precedes the first delimiter
  const framed = Buffer.concat([Buffer.from('\r\n'), body]);
  const parts: FormPart[] = [];
  let at = framed.indexOf(delimiter);
  while (at >= 0 && parts.length < partsAtMost) {
    const start = at + delimiter.length;
    const isLast = framed.toString('latin1', start, start + 2) === '--';
    const end = framed.indexOf(delimiter, start);
    if (isLast) return parts;
    if (end < 0) break;
    parts.push(parsePart(framed.subarray(start, end)));
    at = end;
  }
  throw new PrintError('bad-request', 'The form is truncated, or its boundary differs from the one in Content-Type.');
}

function parsePart(part: Buffer): FormPart {
  const headEnd = part.indexOf('\r\n\r\n');
  const head = headOf(part.subarray(0, Math.min(Math.max(headEnd, 0), headOctetsAtMost)));
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1];
  const name = disposition && parameterIn(disposition, 'name');
  if (!name) throw new PrintError('bad-request', 'A part of the form has no name.');
  const contentType = /^content-type:[ \t]*(.*)$/im.exec(head)?.[1];
  const coding = /^content-transfer-encoding:[ \t]*(.*)$/im.exec(head)?.[1];
  return { name, fileName: fileNameIn(disposition), contentType, bytes: decode(part.subarray(headEnd + 4), coding) };
}

/** Mail libraries code parts as in mails, which is deprecated [RFC 7578 4.7]. The code must not be taken for the document. */
function decode(bytes: Buffer, coding = 'binary'): Buffer {
  const name = coding.trim().toLowerCase();
  if (['', '7bit', '8bit', 'binary'].includes(name)) return bytes;
  if (name === 'base64') return decodeBase64(bytes.toString('latin1'), 'A part of the form');
  throw new PrintError(
    'unsupported-media-type',
    `The Content-Transfer-Encoding "${name.slice(0, 40)}" is not supported. Send the part without one, or in base64.`,
  );
}

/** Names are UTF-8 [RFC 7578 5.1]; old programs send windows-1252. */
const headOf = (octets: Buffer) =>
  isUtf8(octets) ? octets.toString('utf8') : new TextDecoder('windows-1252').decode(octets);

/** Some clients encode names outside ASCII [RFC 8187 3.2]; .NET also sends an encoded word. */
function fileNameIn(disposition: string): string | undefined {
  const [, escaped] = /;\s*filename\*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition) ?? [];
  try {
    if (escaped) return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
  return parameterIn(disposition, 'filename');
}

/**
 * Browsers escape only quotes, carriage returns and line feeds, as `%22`, `%0D` and `%0A` [WHATWG HTML,
 * multipart/form-data]; older programs escape a quote with a backslash. Other backslashes are literal: Windows programs
 * send whole paths.
 */
function parameterIn(disposition: string, name: string): string | undefined {
  const pattern = new RegExp(`(?:^|;)\\s*${name}=(?:"((?:\\\\"|[^"])*)"|([^;\\s]*))`, 'i');
  const [, quoted, bare] = pattern.exec(disposition) ?? [];
  return (quoted?.replaceAll('\\"', '"') ?? bare)?.replace(/%(22|0D|0A)/gi, escaped => decodeURIComponent(escaped));
}
