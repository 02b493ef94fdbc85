import type { Conversion, OctetSource } from '../../core/domain/conversion.ts';
import { sourcesOf } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';
import { type PrinterName, parsePrinterKey } from '../../core/domain/printer.ts';
import type { ConversionOrder } from '../../core/usecases/documents/convert-document.ts';
import type { IssuedAddress } from '../../core/usecases/documents/issued-address.ts';
import { formValues } from '../body-text.ts';
import type { HttpRequest } from '../contract.ts';
import { boundaryOf } from '../multipart.ts';
import { inputAddress, inputAddresses, ownAddress } from './addresses.ts';
import { askedName } from './file-names.ts';
import { type Parameters, parametersOf } from './parameters.ts';
import { profilesOf } from './profiles.ts';

/** The parameters that all calls share: name, lifetime and form of the result, credentials, printers. */

const defaultMinutes = 60;
const longestMinutes = 24 * 60;
const creditsPerConversion = 1;

/** The document that a call requests. */
export interface Wanted {
  conversion: Conversion;
  /** default of the output's name */
  name: string;
  extension: string;
  /** whether the output has several files */
  isList?: boolean;
  /** what is printed, if it differs from the output; `nothing` if the output cannot be printed */
  printed?: Conversion | 'nothing';
  /** file calls cost nothing */
  isFree?: boolean;
}

/** The most JSON that is parsed to find a key; forms have a limit of fields. */
const keyedJsonOctets = 64 * 1024;

/** The key in the header, or in a parameter of the same name in the query, a form, or short JSON. */
export function credential(request: HttpRequest): string | undefined {
  const shown = request.headers['x-api-key'] ?? keyAmong(request.query);
  if (shown) return shown;
  const { body } = request;
  const type = request.headers['content-type'] ?? '';
  try {
    if (body.length <= keyedJsonOctets || boundaryOf(type, body)) return parametersOf(request).text('x-api-key');
    return /urlencoded/i.test(type) ? keyAmong(formValues(body.toString('utf8'))) : undefined;
  } catch {
    // a malformed body has no key: the answer is the one for a missing key
    return undefined;
  }
}

function keyAmong(parameters: URLSearchParams): string | undefined {
  return [...parameters].find(([name]) => name.toLowerCase() === 'x-api-key')?.[1];
}

/** `call`: the path of its route */
export function orderOf(request: HttpRequest, call: string, parameters: Parameters, wanted: Wanted): ConversionOrder {
  const callback = callbackOf(parameters);
  const name = askedName(parameters.text('name'), wanted.extension) ?? wanted.name;
  const targets = printersOf(parameters);
  if (targets.length > 0 && wanted.printed === 'nothing') {
    throw new PrintError('bad-value', 'The output of this call cannot be printed. Send the request without "printer".');
  }
  return {
    contract: 'pdfco',
    targets,
    name,
    template: {},
    idempotencyKey: request.headers['idempotency-key'],
    properties: { call },
    output: {
      fileName: name,
      keepMilliseconds: minutesOf(parameters) * 60_000,
      once: false,
      isList: wanted.isList,
      isBase64: isBase64(parameters),
    },
    callback: callback === undefined ? undefined : { url: callback, origin: request.origin },
    credits: wanted.isFree ? 0 : creditsPerConversion,
    conversion: wanted.conversion,
    own: ownAddressesIn(request, wanted.conversion),
    printed: wanted.printed === 'nothing' || targets.length === 0 ? undefined : wanted.printed,
    waits: callback === undefined && !parameters.flag('async'),
    readsText: false,
  };
}

/** Requested by a profile [docs.pdf.co, profiles]; the response itself may contain such a result. */
export const isBase64 = (parameters: Parameters): boolean =>
  profilesOf(parameters).text('outputDataFormat')?.toLowerCase() === 'base64';

/** The vendor's samples send a callback without `async` and expect the result at the callback. */
function callbackOf(parameters: Parameters): string | undefined {
  const callback = parameters.text('callback');
  return callback?.trim() ? inputAddress(callback) : undefined;
}

/** From 1 minute to a day. */
function minutesOf(parameters: Parameters): number {
  const minutes = parameters.number('expiration') ?? defaultMinutes;
  return Math.min(Math.max(Math.floor(minutes), 1), longestMinutes);
}

/** An extension: `printer: "LocID:DevID"`, several separated by semicolons, also prints the output. */
function printersOf(parameters: Parameters): PrinterName[] {
  const named = parameters
    .list('printer', ';')
    .split(';')
    .filter(key => key.trim() !== '');
  return named.map(key => {
    const name = parsePrinterKey(key.trim());
    if (name) return name;
    throw new PrintError(
      'bad-value',
      `The printer ${JSON.stringify(key.slice(0, 80))} is not of the form LocID:DevID.`,
    );
  });
}

function ownAddressesIn({ origin }: HttpRequest, conversion: Conversion): Record<string, IssuedAddress> {
  const addresses = sourcesOf(conversion).flatMap(source => (source.kind === 'url' ? [source.url] : []));
  const pages = conversion.kind === 'page' && conversion.content.kind === 'url' ? [conversion.content.url] : [];
  const own = [...addresses, ...pages].flatMap(address => {
    const found = ownAddress(address, origin);
    return found ? [[address, found] as const] : [];
  });
  return Object.fromEntries(own);
}

/** The document of a call with one input. */
export function sourceOf(parameters: Parameters): OctetSource & { kind: 'url' } {
  return { kind: 'url', url: inputAddress(parameters.requiredText('url')), credentials: credentialsOf(parameters) };
}

/** The documents of a call with several inputs, in order. */
export function allSourcesOf(parameters: Parameters): (OctetSource & { kind: 'url' })[] {
  const credentials = credentialsOf(parameters);
  const addresses = parameters.list('url', ',') || parameters.requiredText('url');
  return inputAddresses(addresses).map(url => ({ kind: 'url', url, credentials }));
}

export function credentialsOf(parameters: Parameters): { username: string; password: string } | undefined {
  const username = parameters.text('httpusername');
  const password = parameters.text('httppassword');
  return username === undefined && password === undefined
    ? undefined
    : { username: username ?? '', password: password ?? '' };
}

/** The password of an encrypted PDF, and whether the owner's permissions apply. */
export function readingOf(parameters: Parameters) {
  return {
    password: parameters.text('password'),
    checksPermissions: profilesOf(parameters).flag('CheckPermissions', true),
  };
}
