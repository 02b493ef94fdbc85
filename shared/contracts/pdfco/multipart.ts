import { PrintError } from '../../core/domain/errors.ts';

/** A part of a form: a field, or a file with the name that its sender gave it. */
export interface FormPart {
  name: string;
  fileName?: string;
  bytes: Buffer;
}

const partsAtMost = 200;

/** The boundary that a media type names [RFC 2046 5.1.1]; undefined when the type is another one. */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, bare] = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  return quoted ?? bare;
}

/** The parts of a form [RFC 7578]. Throws `bad-request` for what is none. */
export function parseMultipart(body: Buffer, boundary: string): FormPart[] {
  const delimiter = `\r\n--${boundary}`;
  // the first delimiter has no line before it
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
  throw new PrintError('bad-request', 'The form is cut short, or its parts do not fit its boundary.');
}

function parsePart(part: Buffer): FormPart {
  const headEnd = part.indexOf('\r\n\r\n');
  const head = part.toString('utf8', 0, Math.max(headEnd, 0));
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1];
  const name = disposition && parameterIn(disposition, 'name');
  if (!name) throw new PrintError('bad-request', 'A part of the form has no name.');
  return { name, fileName: fileNameIn(disposition), bytes: part.subarray(headEnd + 4) };
}

/** Some clients escape names beyond ASCII [RFC 8187 3.2], and .NET's sends an encoded word beside them. */
function fileNameIn(disposition: string): string | undefined {
  const [, escaped] = /;\s*filename\*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition) ?? [];
  try {
    if (escaped) return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
  return parameterIn(disposition, 'filename');
}

function parameterIn(disposition: string, name: string): string | undefined {
  const [, quoted, bare] =
    new RegExp(`(?:^|;)\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'i').exec(disposition) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? bare;
}
