import { normalizeKey } from '../../core/domain/company.ts';
import type { PageSource } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';
import type { JobTemplate } from '../../core/domain/job-template.ts';
import { mediaSize } from '../../core/domain/media.ts';
import type { PrinterName } from '../../core/domain/printer.ts';
import type { ConversionSubmission } from '../../core/usecases/documents/submit-conversion.ts';
import type { RawSubmission } from '../../core/usecases/documents/submit-raw.ts';
import type { HttpRequest } from '../contract.ts';
import { templateOf } from './device-settings.ts';
import { contentTypes } from './enums.ts';
import { baseName, jobName, pdfName } from './file-names.ts';
import { layoutOf } from './html-settings.ts';
import { isFilePrinter, relayPrinterNamed } from './printer-names.ts';
import { bodyMembers, enumIn, type Members, objectIn, textIn } from './values.ts';

/**
 * Translates print requests. A malformed body or a missing member is `bad-request`. A value that cannot be printed is
 * `bad-value` or a similar code, which the client shows to its user.
 */

/** The lifetime of an output that is not collected. */
const keepMilliseconds = 15 * 60 * 1000;
const cookiesAtMost = 100;

/** The licence is the user name of Basic authentication, and the password is empty. */
export function licenceOf({ headers }: HttpRequest): string | undefined {
  const encoded = /^Basic\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  const [licence = ''] = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return normalizeKey(licence) || undefined;
}

/** PrintHtmlDescription */
export function htmlSubmission({ body, headers }: HttpRequest): ConversionSubmission {
  const members = bodyMembers(body, headers['content-type']);
  const settings = objectIn(members, 'settings');
  const content = pageSource(members, settings);
  const layout = layoutOf(settings);
  const device = templateOf(objectIn(members, 'device'));
  const title = content.kind === 'url' ? content.url : undefined;
  return {
    ...common(members, device, jobName(...titles(members, settings), title)),
    conversion: {
      ...layout,
      kind: 'page',
      content,
      paper: mediaSize(device.media ?? ''),
      cookies: cookiesOf(members),
    },
  };
}

export const titles = (members: Members, settings: Members) => [
  textIn(settings, 'jobTitle'),
  textIn(settings, 'jobDescription'),
  textIn(members, 'description'),
];

function pageSource(members: Members, settings: Members): PageSource {
  const type = enumIn(members, 'contentType', contentTypes);
  const content = textIn(members, 'content');
  if (!members.has('contenttype')) throw new PrintError('bad-request', 'contentType is missing.');
  if (content === undefined) throw new PrintError('bad-request', 'content is missing.');
  if (content.trim() === '') throw new PrintError('bad-value', 'The content is empty.');
  const baseUrl = textIn(settings, 'documentUrl') || undefined;
  if (type === contentTypes.url) return { kind: 'url', url: webAddress(content) };
  if (type === contentTypes.html) return { kind: 'html', html: content, baseUrl };
  if (type === contentTypes.innerhtml) return { kind: 'innerHtml', html: content, baseUrl };
  throw new PrintError('bad-value', 'This contentType is not supported. Use 1 (URL), 2 (HTML) or 4 (InnerHTML).');
}

/** Checks only the syntax. Whether the address may be fetched is known when its host name is resolved. */
export function webAddress(text: string): string {
  const url = URL.parse(text.trim());
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href;
  throw new PrintError('bad-value', `The address "${text.slice(0, 200)}" is not an http or https URL.`);
}

/** `name=value`, several separated by `|` or `;`. */
export function cookiesOf(members: Members) {
  const text = textIn(objectIn(members, 'protectedContentAccess'), 'cookie') ?? '';
  const pairs = text.split(/[|;]/).map(pair => /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair));
  const cookies = pairs.flatMap(pair => (pair ? [{ name: pair[1] as string, value: (pair[2] as string).trim() }] : []));
  return cookies.slice(0, cookiesAtMost);
}

/** Prints to a file or to a relay's printer, depending on the printer's name. `printToFileName` always means a file. */
export function common(
  members: Members,
  template: JobTemplate,
  name: string,
): Omit<ConversionSubmission, 'conversion' | 'inline'> {
  const device = objectIn(members, 'device');
  const printer = textIn(device, 'printerName') ?? '';
  const fileName = baseName(textIn(device, 'printToFileName') ?? '');
  const request = { contract: 'scriptx' as const, name, properties: {} };
  if (fileName === '' && !isFilePrinter(printer)) return { ...request, targets: [relayPrinter(printer)], template };
  // copies, trays and sides do not apply to a file
  const output = { fileName: fileName || pdfName(name), keepMilliseconds, once: true };
  return { ...request, targets: [], template: {}, output };
}

function relayPrinter(name: string): PrinterName {
  const printer = relayPrinterNamed(name);
  if (printer) return printer;
  throw new PrintError('not-found', `Unknown printer "${name.slice(0, 80)}".`);
}

/** PrintDirectDescription; ignores the settings and device that the client adds: raw data has none. */
export function rawSubmission({ body, headers }: HttpRequest): RawSubmission {
  const members = bodyMembers(body, headers['content-type']);
  const type = enumIn(members, 'contentType', contentTypes);
  const content = textIn(members, 'content');
  if (!members.has('contenttype')) throw new PrintError('bad-request', 'contentType is missing.');
  if (content === undefined) throw new PrintError('bad-request', 'content is missing.');
  if (content === '') throw new PrintError('bad-value', 'The content is empty.');
  const printer = textIn(members, 'printerName') ?? '';
  if (isFilePrinter(printer)) {
    throw new PrintError(
      'unsupported',
      'The default printer makes PDFs and does not print raw data. Name a printer of a relay.',
    );
  }
  const request = { contract: 'scriptx' as const, template: {}, properties: {}, target: relayPrinter(printer) };
  if (type === contentTypes.string) {
    return { ...request, name: jobName('Raw data'), content: { bytes: Buffer.from(content, 'utf8') } };
  }
  if (type === contentTypes.url) {
    return { ...request, name: jobName(content), content: { url: webAddress(content) } };
  }
  throw new PrintError('bad-value', 'This contentType is not supported for raw data. Use 8 (String) or 1 (URL).');
}

/** ClientLicense: only its GUID is used. */
export function licenceGuid({ body, headers }: HttpRequest): string {
  const guid = textIn(bodyMembers(body, headers['content-type']), 'guid')?.trim();
  if (!guid) throw new PrintError('bad-request', 'Guid is missing.');
  return normalizeKey(guid);
}
