import { RenderError } from '../../web/render-error.ts';

/** Three printer dots for the narrowest line at 203 dpi, on screens still sharp. */
const scale = 3;
const quietZone = 10;

/**
 * A barcode as a PNG on white, by the library's name for its kind [BWIPP symbologies].
 * @throws RenderError `bad-request` for a text that the kind cannot say
 */
export async function barcode(symbology: string, text: string): Promise<Uint8Array> {
  const { default: bwip } = await import('bwip-js/node');
  const options = { bcid: symbology, text, scale, padding: quietZone, backgroundcolor: 'ffffff', includetext: true };
  try {
    return await bwip.toBuffer(options);
  } catch (cause) {
    const [, reason = 'it cannot be said in this kind of barcode'] =
      /^(?:Error: )?bwipp?\.\w+#\d+: (.*)$/.exec(String(cause)) ?? [];
    throw new RenderError('bad-request', `The barcode cannot be made: ${reason}`, { cause });
  }
}
