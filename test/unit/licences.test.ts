import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  license?: string;
  dev?: boolean;
  link?: boolean;
}

const locks = ['package-lock.json', 'scripts/mutate/package-lock.json'];
const packagesOf = (lock: string): Record<string, Package> =>
  JSON.parse(readFileSync(new URL(`../../${lock}`, import.meta.url), 'utf8')).packages;

/** Permissive licences, and two that allow use without changes: LGPL (libvips, loaded at run time) and MPL. */
const accepted =
  /^\(?(0BSD|Apache-2\.0|BlueOak-1\.0\.0|BSD-[23]-Clause|CC0-1\.0|CC-BY-[34]\.0|ISC|LGPL-3\.0-or-later|MIT|MIT-0|MPL-2\.0|OFL-1\.1|Python-2\.0|Unlicense|Zlib|WTFPL)( (OR|AND) .+)?\)?$/;

test.each(locks)('every package of %s has a licence that is accepted', lock => {
  const packages = Object.entries(packagesOf(lock));
  const others = packages.filter(
    ([path, { license, link }]) => path !== '' && !link && !accepted.test(license ?? 'none'),
  );

  expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});
