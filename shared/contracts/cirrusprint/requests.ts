import type { Compression } from '../../core/domain/document.ts';
import { PrintError } from '../../core/domain/errors.ts';
import { toJobName } from '../../core/domain/job-name.ts';
import { type PrinterName, parsePrinterKey } from '../../core/domain/printer.ts';
import type { JobAddress } from '../../core/usecases/jobs/get-job.ts';
import type { JobRequest } from '../../core/usecases/jobs/job-request.ts';
import type {
  LocationAddress,
  LocationChanges,
  PrinterAddress,
  PrinterChanges,
} from '../../core/usecases/relays/manage-printers.ts';
import { formValues, textOf } from '../body-text.ts';
import type { HttpRequest } from '../contract.ts';
import { boundaryOf, parseMultipart } from '../multipart.ts';
import { parseProperties, toTemplate } from './properties.ts';

/** Translates requests to commands. A missing parameter is `bad-request`, an invalid one `bad-value`. */

const maximumTargetsText = 20_000;
const largestOffset = Number.MAX_SAFE_INTEGER;

export function bearerKey(request: HttpRequest): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
}

/**
 * The query, overriding the fields of a POST's body: that body is a form, whatever its media type; a PUT's body is
 * octets. Names match in any letter case: ignoring `Targets` would store a file that was meant to be printed. Of a name
 * that is there several times the last value counts, but all of a list: ignoring targets would lose jobs.
 */
export class Parameters {
  readonly #values: ReadonlyMap<string, [name: string, value: string][]>;

  constructor({ method, query, headers, body }: HttpRequest) {
    const form = method === 'POST' ? formIn(body, headers['content-type']) : [];
    this.#values = new Map([form, query].flatMap(source => [...Map.groupBy(source, ([name]) => name.toLowerCase())]));
  }

  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase())?.at(-1)?.[1];
  }

  /** Values separated by semicolons. */
  list(name: string): string | undefined {
    const given = this.#values.get(name.toLowerCase());
    return given?.map(([, value]) => value).join(';');
  }

  required(name: string): string {
    const value = this.get(name);
    if (value) return value;
    throw new PrintError('bad-request', `The parameter ${name} is missing.`);
  }
}

function formIn(body: Buffer, contentType = ''): Iterable<[string, string]> {
  const boundary = boundaryOf(contentType, body);
  if (boundary === undefined) return formValues(textOf(body, contentType));
  return parseMultipart(body, boundary).map(({ name, bytes, contentType }) => [name, textOf(bytes, contentType)]);
}

export function offsetOf(text: string): number {
  const offset = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (offset <= largestOffset) return offset;
  throw new PrintError('bad-value', 'The index must be the byte position of the segment, 0 or more.');
}

export function compressionOf(parameters: Parameters): Compression | undefined {
  const cmp = parameters.get('cmp') ?? '';
  if (cmp === '' || cmp === '0') return undefined;
  if (cmp === '1') return 'zlib';
  if (cmp === '2') return 'gzip';
  throw new PrintError('bad-value', 'cmp must be 1 (zlib) or 2 (gzip).');
}

/** The parameters that putfile and submitfile share. */
export function jobRequest(request: HttpRequest, parameters: Parameters): Omit<JobRequest, 'name'> & { name?: string } {
  const properties = parseProperties(parameters.list('props') ?? '');
  return {
    contract: 'cirrusprint',
    targets: targetsOf(parameters.list('targets') ?? ''),
    name: toJobName(parameters.get('title') ?? '') || undefined,
    template: toTemplate(properties),
    properties,
    idempotencyKey: request.headers['idempotency-key'],
    ownCompanyId: parameters.get('compid') || undefined,
  };
}

function targetsOf(text: string): PrinterName[] {
  if (text.length > maximumTargetsText)
    throw new PrintError(
      'too-many',
      `The parameter targets is too long: at most ${maximumTargetsText} characters are allowed.`,
    );
  const named = text.split(';').filter(target => target.trim() !== '');
  if (named.length === 0) throw new PrintError('bad-request', 'The parameter targets is missing.');
  return named.map(target => {
    const name = parsePrinterKey(target);
    if (name) return name;
    throw new PrintError(
      'bad-value',
      `The target ${JSON.stringify(target.slice(0, 80))} is not of the form LocID:DevID.`,
    );
  });
}

export function locationPath({ parameters }: HttpRequest): LocationAddress {
  return { companyId: parameters.company as string, locationId: parameters.location as string };
}

export function devicePath(request: HttpRequest): PrinterAddress {
  return { ...locationPath(request), deviceId: request.parameters.device as string };
}

export function jobPath(request: HttpRequest): JobAddress {
  const { companyId, ...printer } = devicePath(request);
  return { id: request.parameters.job as string, companyId, printer };
}

/** `put/device`: changes only the fields that are sent. */
export function deviceChanges(request: HttpRequest): PrinterChanges {
  const given = new Parameters(request);
  const defaults = given.list('DefaultProps');
  const properties = defaults === undefined ? undefined : parseProperties(defaults);
  return withoutUndefined({
    name: given.get('Name'),
    active: activeOf(given),
    type: integerOf(given, 'Type', 4),
    target: given.get('Target'),
    notes: given.get('Notes'),
    formats: formatsOf(given),
    filter: given.get('Filter'),
    defaultProperties: properties,
    defaultTemplate: properties && toTemplate(properties),
  });
}

/** `put/location`: changes only the fields that are sent. The relay reports Printers, Devices and IsWindows. */
export function locationChanges(request: HttpRequest): LocationChanges {
  const given = new Parameters(request);
  return withoutUndefined({
    name: given.get('Name'),
    active: activeOf(given),
    type: integerOf(given, 'Type', 1) as 0 | 1 | undefined,
    allowFrom: listOf(given, 'AllowFrom'),
    email: given.get('Email'),
    email2: given.get('Email2'),
    phone: given.get('Phone'),
    notes: given.get('Notes'),
  });
}

function activeOf(given: Parameters): boolean | undefined {
  const inactive = integerOf(given, 'IsInactive', 1);
  return inactive === undefined ? undefined : inactive === 0;
}

function integerOf(given: Parameters, name: string, largest: number): number | undefined {
  const value = given.get(name);
  if (value === undefined || value === '') return undefined;
  if (/^\d$/.test(value) && Number(value) <= largest) return Number(value);
  throw new PrintError('bad-value', `${name} must be a number from 0 to ${largest}.`);
}

const formatNames = ['pdf', 'pcl', 'pcl6', 'ps', 'txt', 'any'];

function formatsOf(given: Parameters): string[] | undefined {
  const formats = listOf(given, 'Formats')?.map(format => format.toLowerCase());
  if (!formats || formats.every(format => formatNames.includes(format))) return formats;
  throw new PrintError(
    'bad-value',
    `Formats must be one or more of ${formatNames.join(', ')}, separated by semicolons.`,
  );
}

function listOf(given: Parameters, name: string): string[] | undefined {
  return given
    .list(name)
    ?.split(';')
    .map(value => value.trim())
    .filter(value => value !== '');
}

function withoutUndefined<T extends object>(changes: T): T {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as T;
}
