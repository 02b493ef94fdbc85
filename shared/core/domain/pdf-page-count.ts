import { inflateSync } from 'node:zlib';

/*
 * The number of pages of a PDF, without a PDF library: the count in the root of its page tree [ISO 32000-1, 7.7.3.2], in
 * plain or in a compressed object stream. Undefined for a file that hides it, such as an encrypted one. All work is
 * linear in the size of the file, and limited.
 */

const [streamsAtMost, streamOctets, dictionariesAtMost] = [64, 1024 * 1024, 100];

export function pdfPageCount(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  // a later revision is behind the one that it changes
  return rootCounts(text).at(-1) ?? objectStreams(text, bytes).flatMap(rootCounts).at(-1);
}

const tokens = /<<|>>|\/Type\s{0,9}\/Pages(?![A-Za-z])|\/Parent\b|\/Count\s{1,9}(\d{1,7})(?!\d)/g;

interface Dictionary {
  isTree?: boolean;
  hasParent?: boolean;
  count?: number;
}

/** The counts of the roots, in one pass: a member belongs to the innermost dictionary around it. */
function rootCounts(text: string): number[] {
  const open: Dictionary[] = [];
  const counts: number[] = [];
  for (const [token, count] of text.matchAll(tokens)) {
    if (token === '<<') {
      open.push({});
      // images seem to open many that are never closed
      if (open.length > dictionariesAtMost) open.shift();
      continue;
    }
    const dictionary = token === '>>' ? open.pop() : open.at(-1);
    if (!dictionary) continue;
    if (count !== undefined) dictionary.count = Number(count);
    else if (token === '/Parent') dictionary.hasParent = true;
    else if (token !== '>>') dictionary.isTree = true;
    else if (dictionary.isTree && !dictionary.hasParent && dictionary.count !== undefined)
      counts.push(dictionary.count);
  }
  return counts;
}

function objectStreams(text: string, bytes: Uint8Array): string[] {
  const marks = Array.from(text.matchAll(/\/Type\s{0,9}\/ObjStm\b/g)).slice(-streamsAtMost);
  return marks.flatMap(({ index }) => {
    const begin = /stream\r?\n/.exec(text.slice(index, index + 4096));
    if (!begin) return [];
    const from = index + begin.index + begin[0].length;
    try {
      const plain = inflateSync(bytes.subarray(from, from + streamOctets), { maxOutputLength: streamOctets });
      return [plain.toString('latin1')];
    } catch {
      // encrypted, larger than the limit, or damaged
      return [];
    }
  });
}
