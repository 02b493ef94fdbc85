import JSON5 from 'json5';

/** The JSON5 parser is written in JavaScript and a hundred times slower than JSON; hand-written JSON5 is short. */
const looseCharactersAtMost = 256 * 1024;

/** JSON of any length, or JSON5 of up to 256 Ki characters. Throws a SyntaxError for anything else. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.length <= looseCharactersAtMost) return JSON5.parse(text);
    throw new SyntaxError('not JSON, and too long for JSON5', { cause });
  }
}
