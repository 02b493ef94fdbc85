import { PrintError } from '../../core/domain/errors.ts';
import type { Job, Output } from '../../core/domain/job.ts';
import type { OutputFile } from '../../core/domain/output-file.ts';
import type { UploadSession } from '../../core/domain/upload-session.ts';
import type { IssuedAddress } from '../../core/usecases/documents/issued-address.ts';
import { stemOf } from './file-names.ts';

/*
 * Addresses of files. They are short, since users store them in fields of 255 characters. They are known before the file
 * is ready. The id in them, 128 random bits, is the only credential. The name at the end is for people, and for programs
 * that derive a file name from the address.
 *
 *   /v1/results/<job>/<name>           the output of a job: the document, or the list of addresses of its files
 *   /v1/results/<job>/<file>/<name>    one of several files, from 0
 *   /v1/temp/<upload>/<name>           an uploaded file
 */

export const resultPath = '/v1/results/{job}/{name}';
export const resultFilePath = '/v1/results/{job}/{file}/{name}';
export const uploadPath = '/v1/temp/{upload}/{name}';

/** With a host name of common length, an address has fewer than 400 characters. */
const nameCharacters = 200;

export function resultAddress(origin: string, { id, output }: Job): string {
  const { fileName, isList } = output as Output;
  return `${origin}/v1/results/${id}/${escapedName(isList ? `${stemOf(fileName)}.json` : fileName)}`;
}

export function fileAddresses(origin: string, { id }: Job, files: OutputFile[]): string[] {
  return files.map(({ name }, index) => `${origin}/v1/results/${id}/${index}/${escapedName(name)}`);
}

export function uploadAddress(origin: string, { id, name }: UploadSession): string {
  return `${origin}/v1/temp/${id}/${escapedName(name ?? id)}`;
}

/** Shortens a name before its extension, and keeps characters whole. */
function escapedName(name: string): string {
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,10})?$/s.exec(name) ?? [];
  const tail = encodeURIComponent(extension);
  let kept = '';
  for (const character of stem.toWellFormed()) {
    const next = kept + encodeURIComponent(character);
    if (next.length + tail.length > nameCharacters) break;
    kept = next;
  }
  return kept + tail;
}

const paths: [RegExp, (found: string[]) => IssuedAddress['names']][] = [
  [
    /^\/v1\/results\/([0-9a-f]{32})\/(\d{1,5})\/[^/]*$/i,
    ([, job, file]) => ({ job: job as string, file: Number(file) }),
  ],
  [/^\/v1\/results\/([0-9a-f]{32})\/[^/]*$/i, ([, job]) => ({ job: job as string })],
  [/^\/v1\/temp\/([0-9a-f]{32})\/[^/]*$/i, ([, upload]) => ({ upload: upload as string })],
];

/** Parses an address that this service may have issued, under any host name, since a service may have several. */
export function ownAddress(address: string, origin: string): IssuedAddress | undefined {
  const url = URL.parse(address);
  if (!url) return undefined;
  for (const [pattern, names] of paths) {
    const found = pattern.exec(url.pathname);
    if (found) return { names: names(found), isCertain: url.host === URL.parse(origin)?.host };
  }
  return undefined;
}

/** Checks an address that the client asks to fetch. Throws `bad-address`. */
export function inputAddress(text: string): string {
  if (text.length > addressCharactersAtMost) {
    throw new PrintError('bad-address', `An address may have at most ${addressCharactersAtMost} characters.`);
  }
  // asks the vendor's service to use its cache; this service has none
  const kept = text.trim().replace(/^cache:/i, '');
  // users copy addresses from JSON with its escapes
  const address = kept.replaceAll('\\u0026', '&');
  const url = URL.parse(address);
  if (/^filetoken:/i.test(address)) {
    throw new PrintError('bad-address', 'File tokens are not supported. Upload the file and send its URL.');
  }
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return address;
  throw new PrintError('bad-address', `${JSON.stringify(address.slice(0, 80))} is not an http or https address.`);
}

/** Several addresses, separated by commas. */
export function inputAddresses(text: string): string[] {
  const parts = text.split(',').filter(part => part.trim() !== '');
  if (parts.length > addressesAtMost)
    throw new PrintError('too-many', `At most ${addressesAtMost} URLs are allowed in one request.`);
  return parts.map(inputAddress);
}

const addressesAtMost = 500;
/** The limit of common HTTP servers and proxies. */
const addressCharactersAtMost = 8192;
