/** Names of jobs and of the files that clients collect, out of whatever a page has in its title. */

const nameCharacters = 255;
/** Of a title that may be the whole body. */
const readCharacters = 2000;
const fileNameCharacters = 120;

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** What stands before the host when a page is named by its address. */
const credentials = /(?<=:\/\/)[^/@\s]*@/;

/** A job's name: one line, not too long for a printer's display, and without the password in an address. */
export function jobName(...candidates: (string | undefined)[]): string {
  const lines = candidates.map(text =>
    text?.slice(0, readCharacters).replace(controls, ' ').replace(credentials, '').trim(),
  );
  const found = lines.find(line => line) ?? 'document';
  return [...found.toWellFormed()].slice(0, nameCharacters).join('');
}

/** The last part of a path of any system, without what a file system or a header would trip over; empty if none is left. */
export function baseName(path: string): string {
  const last = path.slice(-readCharacters).split(/[\\/]/).at(-1) ?? '';
  const plain = last.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f:*?"<>|]/g, '_');
  return [...plain.replace(/^[.\s]+/, '').trimEnd()].slice(0, fileNameCharacters).join('');
}

/** The name under which a PDF is collected when its client gives none: out of its page's address, or else its title. */
export function pdfName(name: string): string {
  const isAddress = /^https?:/i.test(name);
  const last = isAddress ? withoutSlashesAtEnd(name.replace(/[?#].*$/s, '')) : name.replace(/[\\/]/g, '_');
  const stem = baseName(last).replace(/\.(pdf|html?|aspx?|php)$/i, '');
  return `${stem || 'document'}.pdf`;
}

/** By index: a pattern of repeated slashes takes quadratic time on text full of them. */
function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
