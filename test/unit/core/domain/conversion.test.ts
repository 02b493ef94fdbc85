import { describe, expect, it } from 'vitest';
import { someCompany } from '../../../../doubles/samples.ts';
import {
  type Conversion,
  conversionFolder,
  conversionKey,
  folderOf,
  inlineKey,
  madeKey,
  sourcesOf,
  withSources,
} from '../../../../shared/core/domain/conversion.ts';

describe('the sources of a conversion', () => {
  const [one, two] = [{ kind: 'url', url: 'https://a.test' } as const, { kind: 'inline' } as const];
  const merge: Conversion = { kind: 'merge', documents: [one, one], takes: 'pdf', checksPermissions: true };
  const fetch: Conversion = { kind: 'fetch', document: one };
  const barcode: Conversion = { kind: 'barcode', symbology: 'qrcode', text: 'a', as: 'png' };

  it('are all its documents, and can be replaced', () => {
    expect([merge, fetch, barcode].map(sourcesOf)).toEqual([[one, one], [one], []]);
    expect(withSources(merge, [two, one])).toEqual({ ...merge, documents: [two, one] });
    expect(withSources(fetch, [two])).toEqual({ ...fetch, document: two });
    expect(withSources(barcode, [])).toEqual(barcode);
  });

  it('are stored in a folder of its own', () => {
    const folder = conversionFolder(someCompany(), 't');
    const keys = [conversionKey, inlineKey, madeKey].map(keyIn => keyIn(folder));

    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(folderOf(key)).toBe(folder);
  });
});
