import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  license?: string;
  dev?: boolean;
  link?: boolean;
}

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));

/** Permissive licences, and two that allow use without changes: LGPL (libvips, loaded at run time) and MPL. */
const accepted =
  /^\(?(0BSD|Apache-2\.0|BlueOak-1\.0\.0|BSD-[23]-Clause|CC0-1\.0|CC-BY-[34]\.0|ISC|LGPL-3\.0-or-later|MIT|MIT-0|MPL-2\.0|OFL-1\.1|Python-2\.0|Unlicense|Zlib|WTFPL)( (OR|AND) .+)?\)?$/;

test('every package has a licence that is accepted', () => {
  const packages = Object.entries(lock.packages as Record<string, Package>);
  const others = packages.filter(
    ([path, { license, link }]) => path !== '' && !link && !accepted.test(license ?? 'none'),
  );

  expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});
