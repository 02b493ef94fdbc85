/** File names, from a client's parameters or from the address of its document. */

const nameCharacters = 150;

/** The last part of a path of any operating system, without characters that are unsafe in file names and headers. */
function baseName(path: string): string {
  const last = path.split(/[\\/]/).at(-1) ?? '';
  const plain = last.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029:*?"<>|]/g, '_');
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,10})?$/s.exec(plain.replace(/^[.\s]+/, '').trimEnd()) ?? [];
  return [...stem].slice(0, nameCharacters).join('') + extension;
}

/** The requested name, with the extension of the output if it has none. */
export function askedName(name: string | undefined, extension: string): string | undefined {
  const base = baseName(name ?? '');
  if (base === '') return undefined;
  return /\.[A-Za-z0-9]{1,8}$/.test(base) || extension === '' ? base : `${base}.${extension}`;
}

/** The last part of an address's path. */
export function nameInAddress(address: string | undefined): string {
  const path = withoutSlashesAtEnd(URL.parse(address ?? '')?.pathname ?? '');
  try {
    return baseName(decodeURIComponent(path));
  } catch {
    return baseName(path);
  }
}

function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

export const stemOf = (name: string) => name.replace(/\.[^.]{1,10}$/, '');

/** The name of a PDF that is made from a file of this name. */
export const pdfNamed = (name: string) => ({ name: `${stemOf(name) || 'document'}.pdf`, extension: 'pdf' });
