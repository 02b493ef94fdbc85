import JSON5 from 'json5';

/** JSON5 is read by a parser in JavaScript, a hundred times slower than JSON: what people write by hand is short. */
const looseCharactersAtMost = 256 * 1024;

/** JSON of any length, or JSON5 of up to 256 Ki characters. Throws a SyntaxError for anything else. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.length <= looseCharactersAtMost) return JSON5.parse(text);
    throw new SyntaxError('not JSON, and too long to be read as JSON5', { cause });
  }
}
