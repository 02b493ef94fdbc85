import { PrintError } from '../../core/domain/errors.ts';
import type { JobTemplate } from '../../core/domain/job-template.ts';
import { parsePrinterKey } from '../../core/domain/printer.ts';
import type { DocumentSubmission } from '../../core/usecases/documents/submit-document.ts';
import type { UploadSubmission } from '../../core/usecases/documents/submit-upload.ts';
import type { JobAddress } from '../../core/usecases/jobs/get-job.ts';
import type { JobRequest } from '../../core/usecases/jobs/job-request.ts';
import type { Resolution } from '../../core/usecases/jobs/resolve-job.ts';
import type { PrinterAddress, PrinterChanges } from '../../core/usecases/relays/manage-printers.ts';
import type { DirectUploadRequest } from '../../core/usecases/uploads/direct-upload.ts';
import type { EnrolRequest } from '../../protocol/relay-protocol.ts';
import type { HttpRequest } from '../contract.ts';

const pageAtMost = 100;

/** `Authorization: Bearer`, as the standard has it [RFC 6750 2.1], or `x-api-key`. */
export function anyKey({ headers }: HttpRequest): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1] ?? headers['x-api-key'];
}

type Json = Record<string, unknown>;

function jsonOf({ body }: HttpRequest): Json {
  try {
    const value = JSON.parse(body.toString('utf8').replace(/^\uFEFF/, '')) as unknown;
    if (isObject(value)) return value;
  } catch {
    // told below, as for any body that is no JSON object
  }
  throw new PrintError('bad-request', 'The body must be a JSON object.');
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textIn(json: Json, name: string): string {
  const value = json[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new PrintError('bad-request', `"${name}" must be a text that is not empty.`);
}

/** Many programs write `null` for what they do not say. */
const optionalTextIn = (json: Json, name: string) => ((json[name] ?? null) === null ? undefined : textIn(json, name));

/** Two that exclude each other, both given, would be half passed over. */
function refuseBoth(json: Json, one: string, other: string): void {
  if ((json[one] ?? null) === null || (json[other] ?? null) === null) return;
  throw new PrintError('bad-request', `Say "${one}" or "${other}", not both.`);
}

/**
 * `{printer | printers, name?, options?, document: {base64} | {uploadId}}`. One job a printer, in their order.
 */
export function submissionOf(request: HttpRequest): DocumentSubmission | UploadSubmission {
  const json = jsonOf(request);
  const common: Omit<JobRequest, 'name'> & { name?: string } = {
    contract: 'platen',
    targets: printersOf(json).map(key => printerNamed(key)),
    name: optionalTextIn(json, 'name'),
    template: templateOf(json.options ?? {}),
    properties: {},
    idempotencyKey: request.headers['idempotency-key'],
  };
  const document = isObject(json.document) ? json.document : {};
  refuseBoth(document, 'base64', 'uploadId');
  const uploadId = optionalTextIn(document, 'uploadId');
  return uploadId ? { ...common, uploadId } : { ...common, bytes: bytesOf(document.base64) };
}

/**
 * `POST uploads`: JSON `{octets, name?, sha256?}` asks for addresses to put the parts to; anything else is the document
 * itself, small enough for one request, with its name in the query.
 */
export function uploadOf(request: HttpRequest): DirectUploadRequest | { bytes: Buffer; name?: string } {
  const isJson = (request.headers['content-type'] ?? '').toLowerCase().startsWith('application/json');
  if (!isJson) return { bytes: request.body, name: request.query.get('name') || undefined };
  const json = jsonOf(request);
  if (!isInteger(1, Number.MAX_SAFE_INTEGER)(json.octets)) {
    throw new PrintError('bad-value', '"octets" must be the size of the document in bytes, 1 or more.');
  }
  const sha256 = optionalTextIn(json, 'sha256')?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new PrintError('bad-value', '"sha256" must be 64 hex digits.');
  }
  return { octets: json.octets as number, name: optionalTextIn(json, 'name'), sha256 };
}

function printersOf(json: Json): string[] {
  refuseBoth(json, 'printer', 'printers');
  const printers = json.printers ?? [json.printer];
  const areTexts = Array.isArray(printers) && printers.length > 0 && printers.every(key => typeof key === 'string');
  if (areTexts) return printers;
  throw new PrintError(
    'bad-request',
    '"printer" must be a text of the form location:device, or "printers" a list of such.',
  );
}

function printerNamed(key: string) {
  const name = parsePrinterKey(key);
  if (name) return name;
  throw new PrintError(
    'bad-value',
    `A printer must be location:device, and ${JSON.stringify(key.slice(0, 80))} is not.`,
  );
}

function bytesOf(base64: unknown): Buffer {
  if (typeof base64 !== 'string' || base64 === '') {
    throw new PrintError('bad-request', '"document" must be {"base64": text} or {"uploadId": text}.');
  }
  // Node passes over blanks and line feeds by itself, so they need not be taken out of a copy
  const text = base64.trim();
  const bytes = /^[A-Za-z0-9+/_\-\s]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  if (bytes && bytes.length > 0) return bytes;
  throw new PrintError('bad-value', '"document.base64" is not base64.');
}

type Check = (value: unknown) => boolean;
const isText: Check = value => typeof value === 'string' && value.length > 0 && value.length <= 255;
const isInteger =
  (from: number, to: number): Check =>
  value =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
const isOneOf =
  (...values: string[]): Check =>
  value =>
    values.includes(value as string);
const isRange: Check = value => {
  const { from, to } = (value ?? {}) as Json;
  return isInteger(1, 1e9)(from) && isInteger(from as number, 1e9)(to);
};

const checks: Record<keyof JobTemplate, Check> = {
  copies: isInteger(1, 9999),
  sides: isOneOf('one-sided', 'two-sided-long-edge', 'two-sided-short-edge'),
  media: isText,
  'media-source': isText,
  'orientation-requested': isInteger(3, 6),
  'print-color-mode': isOneOf('auto', 'color', 'monochrome'),
  'print-scaling': isOneOf('auto', 'auto-fit', 'fill', 'fit', 'none'),
  'multiple-document-handling': isOneOf('separate-documents-collated-copies', 'separate-documents-uncollated-copies'),
  'print-quality': isInteger(3, 5),
  'page-ranges': value => Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every(isRange),
  'job-priority': isInteger(1, 100),
};

function templateOf(options: unknown): JobTemplate {
  if (!isObject(options)) throw new PrintError('bad-value', '"options" must be an object.');
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof JobTemplate] : undefined;
    if (!check)
      throw new PrintError(
        'bad-value',
        `"options" knows ${Object.keys(checks).join(', ')}; not ${JSON.stringify(name.slice(0, 80))}.`,
      );
    if (!check(value)) throw new PrintError('bad-value', `"options.${name}" cannot have this value.`);
  }
  return options as JobTemplate;
}

export const jobAddress = ({ parameters }: HttpRequest): JobAddress => ({ id: parameters.job as string });

export function resolutionOf(request: HttpRequest): Resolution {
  const as = textIn(jsonOf(request), 'as');
  if (as !== 'printed' && as !== 'reprint') throw new PrintError('bad-value', '"as" must be "printed" or "reprint".');
  return { ...jobAddress(request), as };
}

export function pageOf({ query }: HttpRequest): { limit: number; before?: string } {
  const limit = Number(query.get('limit') ?? pageAtMost);
  if (isInteger(1, pageAtMost)(limit)) return { limit, before: query.get('before') ?? undefined };
  throw new PrintError('bad-value', `"limit" must be a number from 1 to ${pageAtMost}.`);
}

/** `PATCH printers/location:device {active?, name?, notes?, unconfirmedPolicy?}` */
export function printerUpdate(request: HttpRequest): { address: PrinterAddress; changes: PrinterChanges } {
  const json = jsonOf(request);
  const changes: PrinterChanges = {};
  if (json.active !== undefined) changes.active = booleanIn(json, 'active');
  if (json.name !== undefined) changes.name = textIn(json, 'name');
  if (json.notes !== undefined) changes.notes = json.notes === '' ? '' : textIn(json, 'notes');
  if (json.unconfirmedPolicy !== undefined) {
    const policy = textIn(json, 'unconfirmedPolicy');
    if (policy !== 'ask' && policy !== 'reprint') {
      throw new PrintError('bad-value', '"unconfirmedPolicy" must be "ask" or "reprint".');
    }
    changes.unconfirmedPolicy = policy;
  }
  return { address: printerNamed(request.parameters.printer as string), changes };
}

function booleanIn(json: Json, name: string): boolean {
  const value = json[name];
  if (typeof value === 'boolean') return value;
  throw new PrintError('bad-value', `"${name}" must be true or false.`);
}

export function enrolRequest(request: HttpRequest): EnrolRequest {
  const json = jsonOf(request);
  return { code: textIn(json, 'code'), csr: textIn(json, 'csr') };
}
