import { PrintError } from '../../core/domain/errors.ts';
import { parseLooseJson } from './loose-json.ts';
import { Parameters } from './parameters.ts';

/**
 * Options of a call as lenient JSON, as in the vendor's examples: single quotes, unquoted names, trailing commas, missing
 * braces. Options may be nested, as in `{'profiles':[{'profile1':{...}}]}`; their names match in any letter case. Throws
 * `bad-options`.
 */
export function profilesOf(parameters: Parameters): Parameters {
  const given = parameters.raw('profiles');
  const profiles = new Parameters([leavesOf(typeof given === 'string' ? parseLoosely(given) : given)]);
  refuseEncryption(profiles);
  return profiles;
}

function parseLoosely(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  try {
    return parseLooseJson(/^[{[]/.test(trimmed) ? trimmed : `{${trimmed}}`);
  } catch (cause) {
    throw new PrintError('bad-options', '"profiles" is not valid JSON.', { cause });
  }
}

const deepest = 8;

function leavesOf(value: unknown, depth = 0): [name: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) {
    if (value === undefined || depth > 0) return [];
    throw new PrintError('bad-options', '"profiles" must be a JSON object.');
  }
  if (depth > deepest) throw new PrintError('bad-options', '"profiles" is nested too deeply.');
  return Object.entries(value).flatMap(([name, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null ? leavesOf(inner, depth + 1) : [[name, inner]],
  );
}

/** A client that asks for an encrypted result must not get an unencrypted one. */
function refuseEncryption(profiles: Parameters): void {
  const asked = ['DataEncryptionAlgorithm', 'DataEncryptionKey', 'DataDecryptionAlgorithm', 'DataDecryptionKey'];
  const found = asked.find(name => profiles.raw(name) !== undefined);
  if (found) throw new PrintError('bad-options', `The profile option ${found} is not supported.`);
}
