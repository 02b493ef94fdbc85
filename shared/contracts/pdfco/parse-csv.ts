/**
 * Rows of fields separated by commas, in quotes if they hold commas, quotes or line breaks [RFC 4180]. Rows without any
 * text are left out. A quote that is never closed ends with the text. One pass: time is linear in the length.
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
  /** index of the comma or line break that follows, or the length of the text */
  end: number;
}

const endOfField = /[,\r\n]/g;

function bareField(text: string, start: number): Field {
  endOfField.lastIndex = start;
  const end = endOfField.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

/** Text between the closing quote and the next comma is dropped. */
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
