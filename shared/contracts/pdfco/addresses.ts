import { PrintError } from '../../core/domain/errors.ts';
import type { Job, Output } from '../../core/domain/job.ts';
import type { OutputFile } from '../../core/domain/output-file.ts';
import type { UploadSession } from '../../core/domain/upload-session.ts';
import type { IssuedAddress } from '../../core/usecases/documents/issued-address.ts';
import { stemOf } from './file-names.ts';

/*
 * Addresses of files. They are short, since users keep them in fields of 255 characters and the like; they are known
 * before the file is there; and the id in them, 128 random bits, is all the credential that they need. The name at the
 * end is for people and programs that make a file name of it.
 *
 *   /v1/results/<job>/<name>           what a job made: the document, or the list of addresses of its files
 *   /v1/results/<job>/<file>/<name>    one of several files, from 0
 *   /v1/temp/<upload>/<name>           what was uploaded
 */

export const resultPath = '/v1/results/{job}/{name}';
export const resultFilePath = '/v1/results/{job}/{file}/{name}';
export const uploadPath = '/v1/temp/{upload}/{name}';

/** With a host of usual length, an address stays under 400 characters. */
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

/** Shortened before its extension, at a whole character. */
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

/** What an address names if it looks like ours; by whatever host name, since a service may have several. */
export function ownAddress(address: string, origin: string): IssuedAddress | undefined {
  const url = URL.parse(address);
  if (!url) return undefined;
  for (const [pattern, names] of paths) {
    const found = pattern.exec(url.pathname);
    if (found) return { names: names(found), isCertain: url.host === URL.parse(origin)?.host };
  }
  return undefined;
}

/** An address that a client wants fetched. Throws `bad-address`. */
export function inputAddress(text: string): string {
  if (text.length > addressCharactersAtMost) {
    throw new PrintError('bad-address', `An address may have at most ${addressCharactersAtMost} characters.`);
  }
  // asks the vendor's service to use what it fetched before; nothing is kept of what others gave
  const kept = text.trim().replace(/^cache:/i, '');
  // users copy addresses out of JSON as they stand there
  const address = kept.replaceAll('\\u0026', '&');
  const url = URL.parse(address);
  if (/^filetoken:/i.test(address)) {
    throw new PrintError('bad-address', 'There are no file tokens here: upload the file and send its URL.');
  }
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return address;
  throw new PrintError('bad-address', `${JSON.stringify(address.slice(0, 80))} is not an http or https address.`);
}

/** Several, parted by commas. */
export function inputAddresses(text: string): string[] {
  const parts = text.split(',').filter(part => part.trim() !== '');
  if (parts.length > addressesAtMost)
    throw new PrintError('too-many', `At most ${addressesAtMost} URLs are taken at once.`);
  return parts.map(inputAddress);
}

const addressesAtMost = 500;
/** As much as common HTTP servers and proxies take. */
const addressCharactersAtMost = 8192;
