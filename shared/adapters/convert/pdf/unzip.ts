import { RenderError } from '../../web/render-error.ts';

/** A bomb of an archive is small as a file. */
const entriesAtMost = 500;
const octetsAtMost = 256 * 1024 * 1024;

export interface ArchivedFile {
  name: string;
  bytes: Uint8Array;
}

/**
 * The files of a ZIP archive, in its order; folders and what systems add for themselves are left out.
 * @throws RenderError `bad-pdf`, `too-large`
 */
export async function unzip(archive: Uint8Array): Promise<ArchivedFile[]> {
  const { unzipSync } = await import('fflate');
  let [entries, octets] = [0, 0];
  const files = await Promise.resolve()
    .then(() =>
      unzipSync(archive, {
        filter({ name, originalSize }) {
          if (name.endsWith('/') || /(^|\/)(__MACOSX\/|\.)/.test(name)) return false;
          entries += 1;
          octets += originalSize;
          if (entries > entriesAtMost || octets > octetsAtMost) {
            throw new RenderError(
              'too-large',
              `An archive may have ${entriesAtMost} files of ${octetsAtMost} octets together.`,
            );
          }
          return true;
        },
      }),
    )
    .catch(cause => {
      if (cause instanceof RenderError) throw cause;
      throw new RenderError('bad-pdf', 'The archive is damaged.', { cause });
    });
  return Object.entries(files).map(([name, bytes]) => ({ name, bytes }));
}
