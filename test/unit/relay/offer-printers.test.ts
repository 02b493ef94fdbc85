import { expect, it } from 'vitest';
import { offerPrinters, type ScannedPrinter } from '../../../relay/offer-printers.ts';
import { findDataFolder, readConfig, readIfThere, writeConfig } from '../../../relay/settings.ts';
import { temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';

const printer = (name: string, uri: string) => ({ name, uri }) as ScannedPrinter;
const known = { printers: { desk: 'ipp://Desk.local/ipp/print', odd: 'no address' }, logins: {} };

it.each<[string, ScannedPrinter[], Record<string, string>]>([
  ['one at a new host', [printer('lab', 'ipp://lab.local/')], { lab: 'ipp://lab.local/' }],
  ['not one at a known host', [printer('other', 'socket://desk.local:9100')], {}],
  ['not one whose name is taken', [printer('desk', 'ipp://lab.local/')], {}],
  [
    'those of several that are new',
    [printer('desk', 'ipp://desk.local/'), printer('a', 'ipp://a/'), printer('b', 'ipp://b/')],
    { a: 'ipp://a/', b: 'ipp://b/' },
  ],
])('adds %s, and says which', async (_name, scanned, added) => {
  const folder = await findDataFolder(await temporaryFolder());
  await writeConfig(folder, known);

  expect(await offerPrinters(folder, scanned)).toEqual(Object.keys(added));
  expect(await readConfig(folder)).toEqual({ ...known, printers: { ...known.printers, ...added } });
});

it('writes nothing where there is nothing new', async () => {
  const folder = await findDataFolder(await temporaryFolder());

  expect(await offerPrinters(folder, [])).toEqual([]);
  expect(await readIfThere(folder.config)).toBeUndefined();
});
