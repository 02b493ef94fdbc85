import { PrintError } from '../../core/domain/errors.ts';
import { parseLooseJson } from './loose-json.ts';
import { isTooDeep } from './nesting.ts';
import { parseCsv } from './parse-csv.ts';

/** The data of a template: JSON, or CSV with the names in its first line. Throws `bad-template`. */
export function templateDataOf(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const text = given.trim();
  const data = /^[{[]/.test(text) ? parseJson(text) : fromCsv(text);
  if (isTooDeep(data)) throw new PrintError('bad-template', '"templateData" is nested too deeply.');
  return data;
}

function parseJson(text: string): unknown {
  try {
    return parseLooseJson(text);
  } catch (cause) {
    throw new PrintError('bad-template', '"templateData" is not valid JSON.', { cause });
  }
}

/** The first row as named values, and all rows for sections: `{{#rows}}...{{/rows}}`. */
function fromCsv(text: string): unknown {
  const [names, ...lines] = parseCsv(text);
  if (!names || lines.length === 0) throw new PrintError('bad-template', '"templateData" is neither JSON nor CSV.');
  const rows = lines.map(line => Object.fromEntries(names.map((name, index) => [name.trim(), line[index] ?? ''])));
  return { ...rows[0], rows };
}
