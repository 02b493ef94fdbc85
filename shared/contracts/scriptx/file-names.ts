import { toJobName } from '../../core/domain/job-name.ts';

/** Names of jobs and of the files that clients collect, derived from page titles and addresses. */

/** The limit for a title, which may be the whole body. */
const readCharacters = 2000;
const fileNameCharacters = 120;

/** The part before the host, when a page is named by its address. */
const credentials = /(?<=:\/\/)[^/@\s]*@/;

/** A job's name: the first that is not empty, without the password of an address. */
export function jobName(...candidates: (string | undefined)[]): string {
  const lines = candidates.map(text => toJobName((text ?? '').slice(0, readCharacters).replace(credentials, '')));
  return lines.find(line => line !== '') ?? 'document';
}

/** The last part of a path of any operating system, without characters that are unsafe in file names and headers; may be empty. */
export function baseName(path: string): string {
  const last = path.slice(-readCharacters).split(/[\\/]/).at(-1) ?? '';
  const plain = last.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f:*?"<>|]/g, '_');
  return [...plain.replace(/^[.\s]+/, '').trimEnd()].slice(0, fileNameCharacters).join('');
}

/** The default file name of a PDF: from the address of its page, or else from its title. */
export function pdfName(name: string): string {
  const isAddress = /^https?:/i.test(name);
  const last = isAddress ? withoutSlashesAtEnd(name.replace(/[?#].*$/s, '')) : name.replace(/[\\/]/g, '_');
  const stem = baseName(last).replace(/\.(pdf|html?|aspx?|php)$/i, '');
  return `${stem || 'document'}.pdf`;
}

/** By index, since a pattern of repeated slashes takes quadratic time. */
function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
