import { inflateSync } from 'node:zlib';

/*
 * The number of pages of a PDF, without a PDF library: the count in the root of its page tree [ISO 32000-1, 7.7.3.2], in
 * plain or in a compressed object stream. Undefined for a file that hides it, such as an encrypted one. All work is
 * linear in the size of the file, and limited.
 */

const [streamsAtMost, streamOctets, dictionaryCharacters] = [64, 1024 * 1024, 256 * 1024];

export function pdfPageCount(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  // a later revision is behind the one that it changes
  return rootCounts(text).at(-1) ?? objectStreams(text, bytes).flatMap(rootCounts).at(-1);
}

function rootCounts(text: string): number[] {
  return Array.from(text.matchAll(/\/Type\s{0,9}\/Pages(?![A-Za-z])/g), ({ index }) =>
    dictionaryAt(text, index),
  ).flatMap(dictionary => {
    const count = /\/Count\s{1,9}(\d{1,7})(?!\d)/.exec(dictionary)?.[1];
    return count === undefined || /\/Parent\b/.test(dictionary) ? [] : [Number(count)];
  });
}

/** The dictionary around a position. */
function dictionaryAt(text: string, position: number): string {
  const start = text.lastIndexOf('<<', position);
  let depth = 0;
  const until = Math.min(text.length, start + dictionaryCharacters);
  for (let at = start; at >= 0 && at < until; at++) {
    const pair = text.slice(at, at + 2);
    if (pair === '<<') depth++;
    else if (pair === '>>') depth--;
    else continue;
    at++;
    if (depth === 0) return text.slice(start, at + 1);
  }
  return '';
}

function objectStreams(text: string, bytes: Uint8Array): string[] {
  const marks = Array.from(text.matchAll(/\/Type\s{0,9}\/ObjStm\b/g)).slice(-streamsAtMost);
  return marks.flatMap(({ index }) => {
    const begin = /stream\r?\n/.exec(text.slice(index, index + 4096));
    if (!begin) return [];
    const from = index + begin.index + begin[0].length;
    const end = text.indexOf('endstream', from);
    try {
      const plain = inflateSync(bytes.subarray(from, end < 0 ? undefined : end), { maxOutputLength: streamOctets });
      return [plain.toString('latin1')];
    } catch {
      // encrypted, larger than the limit, or damaged
      return [];
    }
  });
}
