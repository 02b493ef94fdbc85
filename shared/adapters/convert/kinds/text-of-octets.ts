/*
 * Text files as their authors wrote them: by byte order mark, by the encoding that HTML or XML declares, as UTF-8 where it is
 * that, and else in windows-1252, as browsers read what says nothing [WHATWG HTML, 13.2.3.2].
 */

const fallback = 'windows-1252';
/** Where browsers look for the name of a charset. */
const declaredWithin = 1024;

const marks: [charset: string, octets: number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Whether octets begin with a byte order mark: text, though UTF-16 looks like no text. */
export const hasByteOrderMark = (bytes: Uint8Array): boolean => markOf(bytes) !== undefined;

const markOf = (bytes: Uint8Array) =>
  marks.find(([, octets]) => octets.every((octet, index) => bytes[index] === octet))?.[0];

export function textOfOctets(bytes: Uint8Array): string {
  const marked = markOf(bytes);
  if (marked) return new TextDecoder(marked).decode(bytes);
  const head = Buffer.from(bytes.subarray(0, declaredWithin)).toString('latin1');
  const declared = isMarkup(head) ? declaredCharset(head) : undefined;
  if (declared) return declared.decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // octets that are no UTF-8
    return new TextDecoder(fallback).decode(bytes);
  }
}

function declaredCharset(head: string): InstanceType<typeof TextDecoder> | undefined {
  const seen = head.replace(/<!--[\s\S]*?(?:-->|$)/g, '');
  const [, name] =
    /<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w:.-]+)/i.exec(seen) ??
    /^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w:.-]+)/i.exec(seen) ??
    [];
  // a document that could be read so far is in no encoding of two octets each
  const label = /^utf-?16/i.test(name ?? '') ? 'utf-8' : name;
  try {
    return label ? new TextDecoder(label) : undefined;
  } catch {
    // a charset that does not exist
    return undefined;
  }
}

/** What may come before the first element of a document. */
const preamble = /^(?:[\s\uFEFF]|ï»¿|<!--[\s\S]*?-->|<\?[^>]*>)*/;
const elements =
  /^<(?:!doctype|html|head|body|title|meta|link|base|style|script|noscript|template|div|p|span|table|thead|tbody|tr|td|th|ul|ol|li|dl|h[1-6]|pre|blockquote|section|article|aside|main|header|footer|nav|figure|form|fieldset|label|input|button|img|svg|math|canvas|br|hr|a|b|i|u|s|em|strong|small|center|font|code|sub|sup|address|details|iframe)(?=[\s/>])/i;

/** Whether a text is HTML: whatever begins with an element of it, behind comments and the like. */
export function isMarkup(text: string): boolean {
  const start = preamble.exec(text)?.[0].length ?? 0;
  return elements.test(text.slice(start, start + 40));
}
