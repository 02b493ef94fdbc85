/** Common paper names, as PWG self-describing names [PWG 5101.1 5.1]. */
const sizes: Record<string, string> = {
  a0: 'iso_a0_841x1189mm',
  a1: 'iso_a1_594x841mm',
  a2: 'iso_a2_420x594mm',
  a3: 'iso_a3_297x420mm',
  a4: 'iso_a4_210x297mm',
  a5: 'iso_a5_148x210mm',
  a6: 'iso_a6_105x148mm',
  b4: 'jis_b4_257x364mm',
  b5: 'jis_b5_182x257mm',
  executive: 'na_executive_7.25x10.5in',
  ledger: 'na_ledger_11x17in',
  legal: 'na_legal_8.5x14in',
  letter: 'na_letter_8.5x11in',
  statement: 'na_invoice_5.5x8.5in',
  tabloid: 'na_ledger_11x17in',
};

/** Converts a common name to its PWG name; other names pass unchanged as vendor-specific names. */
export function mediaNamed(size: string): string {
  const name = size.trim();
  return Object.entries(sizes).find(([common]) => common === name.toLowerCase())?.[1] ?? name;
}

/** Used when neither the client nor the printer names a size. */
export const fallbackMedia = sizes.a4 as string;

const millimetresPer: Record<string, number> = { mm: 1, in: 25.4 };

/**
 * Parses the dimensions at the end of a self-describing name [PWG 5101.1 5.1.3], in millimetres; undefined for other
 * names.
 */
export function mediaSize(media: string): { width: number; height: number } | undefined {
  const [, width, height, unit = ''] = /_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$/.exec(media) ?? [];
  const scale = millimetresPer[unit];
  return scale ? { width: Number(width) * scale, height: Number(height) * scale } : undefined;
}

/** The common name of a size, or the name unchanged. */
export function mediaTitle(media: string): string {
  const known = Object.entries(sizes).find(([, name]) => name === media)?.[0];
  return known ? known.charAt(0).toUpperCase() + known.slice(1) : media;
}
