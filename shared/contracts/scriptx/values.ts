import { PrintError } from '../../core/domain/errors.ts';
import { textOf } from '../body-text.ts';

/**
 * Reads values as this dialect's clients send them: member names in any letter case, numbers as strings, enums as number,
 * numeric string or name, `null` for the default. Ignores invalid values, as the vendor's service does.
 */
export type Members = ReadonlyMap<string, unknown>;

/** Throws `bad-request` for a body that is not a JSON object. */
export function bodyMembers(body: Buffer, contentType?: string): Members {
  const text = textOf(body, contentType);
  try {
    const value = JSON.parse(text) as unknown;
    if (isObject(value)) return membersOf(value);
  } catch {
    // refused below, like any body that is not a JSON object
  }
  throw new PrintError('bad-request', 'The body must be a JSON object.');
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function membersOf(value: object): Members {
  return new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]));
}

export function objectIn(members: Members, name: string): Members {
  const value = members.get(name.toLowerCase());
  return isObject(value) ? membersOf(value) : new Map();
}

export function textIn(members: Members, name: string): string | undefined {
  const value = members.get(name.toLowerCase());
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}

export function numberIn(members: Members, name: string): number | undefined {
  const text = textIn(members, name)?.trim().replace(',', '.');
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** `values`: by name in lower case. JSON's true and false match the names `true` and `false`. */
export function enumIn<Value extends number>(
  members: Members,
  name: string,
  values: Record<string, Value>,
): Value | undefined {
  const given = members.get(name.toLowerCase());
  const text = String(given ?? '').trim();
  if (Object.hasOwn(values, text.toLowerCase())) return values[text.toLowerCase()];
  return Object.values(values).find(value => text !== '' && value === Number(text));
}
