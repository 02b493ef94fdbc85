import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openBrowserPool } from '../../shared/adapters/convert/browser/browser.ts';
import { referencePages } from './reference-pages.ts';
import { differenceFrom, pictureOf, referencePath } from './reference-pictures.ts';

/** Updates the references that differ, or those named on the command line, and lists them. */
const named = process.argv.slice(2);
const pool = await openBrowserPool();
await mkdir(new URL('.', referencePath('any')), { recursive: true });
for (const name of named.length > 0 ? named : Object.keys(referencePages)) {
  const actual = await pictureOf(pool, name);
  const difference = await differenceFrom(name, actual).catch(() => 'new');
  if (difference === undefined && named.length === 0) continue;
  await writeFile(referencePath(name), actual);
  console.log(`${fileURLToPath(referencePath(name))}: ${actual.length} octets`);
}
await pool.close();
