import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrowserPool, openBrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import { referencePages } from './reference-pages.ts';
import { differenceFrom, pictureOf, referencePath } from './reference-pictures.ts';

let pool: BrowserPool;
beforeAll(async () => {
  pool = await openBrowserPool();
});
afterAll(() => pool.close());

test.each(Object.keys(referencePages))('%s is unchanged', async name => {
  expect(await differenceFrom(name, await pictureOf(pool, name))).toBeUndefined();
});

test('a difference of one digit is detected and located', async () => {
  const { html } = referencePages.invoice!;
  const actual = await pictureOf(pool, 'invoice', html.replace('385.80', '386.80'));

  const difference = await differenceFrom('invoice', actual);

  expect(difference).toMatch(/^\d+ pixels \(0\.\d+ %\) of invoice differ, 5 may; between \d+,\d+ and \d+,\d+; see \//);
  const place = difference?.split('see ')[1] ?? '';
  expect(readdirSync(place).sort()).toEqual(['actual.png', 'difference.png']);
  expect(readFileSync(join(place, 'actual.png')).equals(actual)).toBe(true);
  await rm(place, { recursive: true });
});

test('an image of a different size is reported with both sizes', async () => {
  const difference = await differenceFrom('invoice', readFileSync(referencePath('landscape')));

  expect(difference).toMatch(/^invoice is \d+×\d+ and was \d+×\d+; see /);
  await rm(difference?.split('see ')[1] ?? '', { recursive: true });
});
