/** Of the file name in UTF-8. In an address each of them takes five characters, and addresses stay under 1,000. */
const fileNameOctets = 75;

/**
 * An attachment of this name: in ASCII for old clients, in UTF-8 for all others [RFC 6266 4.3, RFC 8187 3.2]. What a
 * header or a file system would trip over is left out, and a long name is shortened before its extension.
 */
export function contentDisposition(fileName: string): string {
  const plain = shortened(fileName.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f"\\/:*?<>|]/g, '_'));
  const ascii = plain.replace(/[^\x20-\x7e]|%/g, '_');
  const exact = encodeURIComponent(plain).replace(/['()*]/g, mark => `%${mark.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${exact}`;
}

function shortened(name: string): string {
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,10})?$/.exec(name) ?? [];
  let kept = '';
  let octets = Buffer.byteLength(extension);
  for (const character of stem) {
    octets += Buffer.byteLength(character);
    if (octets > fileNameOctets) break;
    kept += character;
  }
  return kept + extension;
}
