import * as z from 'zod';
import { closest } from '../../core/domain/closest.ts';
import { PrintError } from '../../core/domain/errors.ts';
import { textOf } from '../body-text.ts';
import type { HttpRequest } from '../contract.ts';

/*
 * Parses JSON bodies by their schemas. `null`, an empty string and an empty list mean "not set" where a member is
 * optional and cannot have that value; in a change an empty string is refused. Unknown members are refused: an ignored
 * option would give a wrong print.
 */

type Json = Record<string, unknown>;
type Shape = Readonly<Record<string, z.core.$ZodType>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values that serializers write for what was not set. */
type Absent = null | '' | 'empty list';

/** Throws `bad-request` or `bad-value` that describes the first error. */
export function bodyOf<Schema extends z.ZodObject>(
  request: HttpRequest,
  schema: Schema,
  absent: Absent[] = [null, '', 'empty list'],
): z.output<Schema> {
  return checked(withoutAbsent(jsonOf(request), schema, absent), schema);
}

/** Parses the query by its schema. It may also contain the key. */
export function queryOf<Schema extends z.ZodObject>({ query }: HttpRequest, schema: Schema): z.output<Schema> {
  const names = [...query.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new PrintError('bad-request', `The parameter "${twice.slice(0, 80)}" may be given once.`);
  const { 'x-api-key': _key, ...given } = Object.fromEntries(query);
  return checked(given, schema);
}

function checked<Schema extends z.ZodObject>(json: Json, schema: Schema): z.output<Schema> {
  const outcome = schema.safeParse(json, { reportInput: true });
  if (outcome.success) return outcome.data;
  throw refusalOf(outcome.error.issues[0] as z.core.$ZodIssue, schema);
}

function jsonOf({ body, headers }: HttpRequest): Json {
  const text = textOf(body, headers['content-type']);
  // a decoder replaced a character before the body arrived here
  if (text.includes('\ufffd')) {
    throw new PrintError('bad-request', 'The body has characters that were lost on the way (U+FFFD). Send UTF-8.');
  }
  const value = parse(text);
  if (isObject(value)) return value;
  throw new PrintError('bad-request', 'The body must be a JSON object.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PrintError('bad-request', `The body must be a JSON object: ${(cause as Error).message}.`, { cause });
  }
}

function withoutAbsent(json: Json, schema: z.core.$ZodType, absent: Absent[]): Json {
  const shape = shapeOf(schema);
  if (!shape) return json;
  const isAbsent = (value: unknown) => absent.some(one => (one === 'empty list' ? isEmptyList(value) : one === value));
  const members = Object.entries(json).flatMap(([name, value]) => {
    const member = Object.hasOwn(shape, name) ? (shape[name] as z.core.$ZodType) : undefined;
    if (member && isAbsent(value) && takes(member, undefined) && !takes(member, value)) return [];
    return [[name, member && isObject(value) ? withoutAbsent(value, member, absent) : value]];
  });
  return Object.fromEntries(members);
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;
const takes = (schema: z.core.$ZodType, value: unknown) => z.safeParse(schema, value).success;

function shapeOf(schema: z.core.$ZodType | undefined): Shape | undefined {
  if (schema instanceof z.ZodOptional) return shapeOf(schema.unwrap());
  return schema instanceof z.ZodObject ? schema.shape : undefined;
}

function refusalOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType): PrintError {
  const path = issue.path.map(String);
  const name = `"${path.join('.')}"`;
  // a member of a wrong type is a malformed request; a wrong value of the right type is a bad value
  const isUnreadable =
    (issue.code === 'invalid_type' && ['string', 'object', 'array'].includes(issue.expected)) ||
    (issue.code === 'too_small' && issue.origin === 'string');
  const code = isUnreadable && path[0] !== 'options' ? 'bad-request' : 'bad-value';
  if (issue.code === 'unrecognized_keys') return unknownMember(issue.keys[0] as string, path, schema);
  return new PrintError(code, issue.input === undefined ? `${name} is missing.` : `${name} ${whatIsWrong(issue)}`);
}

function whatIsWrong(issue: z.core.$ZodIssue): string {
  const given = JSON.stringify(issue.input)?.slice(0, 80);
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${nouns[issue.expected] ?? issue.expected}, not ${given}.`;
    case 'invalid_value':
      return `must be ${issue.values.map(value => JSON.stringify(value)).join(' or ')}, not ${given}.`;
    case 'too_small':
      return `must have at least ${issue.minimum}${unitOf(issue.origin)}, not ${given}.`;
    case 'too_big':
      return `may have at most ${issue.maximum}${unitOf(issue.origin)}.`;
    default:
      return `cannot be ${given}: ${issue.message}.`;
  }
}

const nouns: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};
const units: Record<string, string> = { string: ' characters', array: ' entries' };
const unitOf = (origin: string) => units[origin] ?? '';

/** Also finds a member one level deeper, for example `copies` in `options`. */
function unknownMember(key: string, path: string[], schema: z.core.$ZodType): PrintError {
  const shape = path.reduce<Shape | undefined>((at, name) => shapeOf(at?.[name]), shapeOf(schema)) ?? {};
  const home = Object.keys(shape).find(name => Object.hasOwn(shapeOf(shape[name]) ?? {}, key));
  const name = JSON.stringify([...path, key.slice(0, 80)].join('.'));
  const meant = home ? `${home}.${key}` : (synonyms.get(key.toLowerCase()) ?? closest(key, Object.keys(shape)));
  const advice = meant ? ` Did you mean "${meant}"?` : ` Known are ${Object.keys(shape).join(', ')}.`;
  return new PrintError(path[0] === 'options' ? 'bad-value' : 'bad-request', `${name} is unknown.${advice}`);
}

/** Names of other services for these members. */
const synonyms = new Map([
  ['title', 'name'],
  ['printerid', 'printer'],
  ['content', 'document'],
  ['qty', 'options.copies'],
]);
