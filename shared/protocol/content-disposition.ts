/** An attachment with this file name: ASCII for old clients, UTF-8 for all others [RFC 6266 4.3, RFC 8187 3.2]. */
export function contentDisposition(fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(fileName).replace(/['()*]/g, mark => `%${mark.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${exact}`;
}

/** Removes characters that are invalid in headers or file systems, and shortens the name before its extension. */
export function plainFileName(fileName: string, octetsAtMost: number): string {
  const plain = fileName.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f"\\/:*?<>|]/g, '_');
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,10})?$/.exec(plain) ?? [];
  let kept = '';
  let octets = Buffer.byteLength(extension);
  for (const character of stem) {
    octets += Buffer.byteLength(character);
    if (octets > octetsAtMost) break;
    kept += character;
  }
  return kept + extension;
}
