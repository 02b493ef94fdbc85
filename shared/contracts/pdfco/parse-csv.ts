/**
 * Parses rows of comma-separated fields, quoted if they contain commas, quotes or line breaks [RFC 4180]. Skips rows
 * without text. An unclosed quote ends at the end of the text. Runs in linear time.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at <= text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : bareField(text, at);
    row.push(field.value);
    const isRowEnd = text[field.end] !== ',';
    if (isRowEnd) {
      rows.push(row);
      row = [];
    }
    at = field.end + (text.startsWith('\r\n', field.end) ? 2 : 1);
  }
  return rows.filter(fields => fields.some(field => field !== ''));
}

interface Field {
  value: string;
  /** index of the next comma or line break, or the length of the text */
  end: number;
}

const endOfField = /[,\r\n]/g;

function bareField(text: string, start: number): Field {
  endOfField.lastIndex = start;
  const end = endOfField.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

/** Ignores text between the closing quote and the next comma. */
function quotedField(text: string, start: number): Field {
  const pieces: string[] = [];
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    const end = quote < 0 ? text.length : quote;
    pieces.push(text.slice(from, end));
    const isEscaped = text[end + 1] === '"';
    if (!isEscaped) return { value: pieces.join(''), end: bareField(text, Math.min(end + 1, text.length)).end };
    pieces.push('"');
    from = end + 2;
  }
}
