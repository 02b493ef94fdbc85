import { PrintError } from '../../core/domain/errors.ts';
import { formValues, textOf } from '../body-text.ts';
import type { HttpRequest } from '../contract.ts';
import { boundaryOf, type FormPart, parseMultipart } from '../multipart.ts';
import { isTooDeep } from './nesting.ts';

/*
 * Parameters in every form that clients send: JSON with any media type or none, urlencoded forms, multipart forms, and
 * the query. Names match in any letter case; numbers and booleans may be strings. The body overrides the query. An empty
 * string means that the parameter is not set. Of a field that a form has several times the last value counts, but all of
 * a list: some libraries send lists so.
 */

const bodyOctets = 4 * 1024 * 1024;

type Field = [name: string, value: unknown];

export class Parameters {
  readonly #values: ReadonlyMap<string, Field[]>;
  readonly #files: FormPart[];

  /** A later source overrides an earlier one. */
  constructor(sources: Iterable<Field>[], files: FormPart[] = []) {
    const given = sources.map(source => [...source].filter(([, value]) => !isAbsent(value)));
    this.#values = new Map(given.flatMap(source => [...Map.groupBy(source, ([name]) => name.toLowerCase())]));
    this.#files = files;
  }

  /** The value as sent: any JSON value, or a string. */
  raw(name: string): unknown {
    return this.#values.get(name.toLowerCase())?.at(-1)?.[1];
  }

  /** A list as text, with this separator: a text, a JSON array, or a field that is there several times. */
  list(name: string, separator: ',' | ';'): string {
    const fields = this.#values.get(name.toLowerCase()) ?? [];
    const values = fields.flatMap(([, value]) => value);
    return values.filter(value => !isAbsent(value)).join(separator);
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'string') return value;
    if (Array.isArray(value)) return value.join(',');
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value !== undefined && value.trim() !== '') return value;
    throw new PrintError('bad-request', `The parameter "${name}" is missing.`);
  }

  flag(name: string, otherwise = false): boolean {
    const text = this.text(name)?.trim().toLowerCase();
    if (text === undefined || text === '') return otherwise;
    if (['true', '1', 'yes', 'on'].includes(text)) return true;
    if (['false', '0', 'no', 'off'].includes(text)) return false;
    throw new PrintError('bad-value', `The parameter "${name}" must be true or false.`);
  }

  number(name: string): number | undefined {
    const text = this.text(name)?.trim();
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new PrintError('bad-value', `The parameter "${name}" must be a number.`);
  }

  /** One of `values`; matches in any letter case. */
  oneOf<const Value extends string>(name: string, values: readonly Value[], otherwise: NoInfer<Value>): Value {
    const text = this.text(name)?.trim().toLowerCase();
    if (text === undefined || text === '') return otherwise;
    const found = values.find(value => value.toLowerCase() === text);
    if (found) return found;
    throw new PrintError('bad-value', `The parameter "${name}" must be one of ${values.join(', ')}.`);
  }

  file(name: string): FormPart | undefined {
    return this.#files.find(file => file.name.toLowerCase() === name.toLowerCase());
  }
}

/** Serializers write these for values that are not set. */
const isAbsent = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Throws `bad-request` for a malformed body, `too-large` for one above the limit. */
export function parametersOf({ query, body, headers }: HttpRequest): Parameters {
  if (body.length > bodyOctets) {
    throw new PrintError('too-large', 'The body is larger than 4 MB. Upload large files first and send their URL.');
  }
  const boundary = boundaryOf(headers['content-type'] ?? '', body);
  if (boundary === undefined) return new Parameters([query, bodyValues(body, headers['content-type'] ?? '')]);
  const parts = parseMultipart(body, boundary);
  const fields = parts.filter(part => part.fileName === undefined);
  const values = fields.map(({ name, bytes, contentType }): Field => [name, textOf(bytes, contentType)]);
  return new Parameters(
    [query, values],
    parts.filter(part => part.fileName !== undefined),
  );
}

function bodyValues(body: Buffer, contentType: string): Iterable<Field> {
  const text = textOf(body, contentType);
  const start = text.trimStart().charAt(0);
  if (start === '') return [];
  if (start === '{') return Object.entries(parseObject(text));
  const isSaidJson = /\bjson\b/i.test(contentType);
  if (isSaidJson || start === '[' || start === '"') throw notAnObject();
  return formValues(text);
}

function parseObject(text: string): object {
  const object = parseJson(text);
  if (isTooDeep(object)) throw new PrintError('bad-request', 'The body is nested too deeply.');
  return object;
}

function parseJson(text: string): object {
  try {
    return JSON.parse(text);
  } catch {
    throw notAnObject();
  }
}

const notAnObject = () => new PrintError('bad-request', 'The body cannot be read: it must be a JSON object or a form.');
