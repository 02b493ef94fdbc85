import { offerPrinters, scanPrinters } from '../offer-printers.ts';
import { findDataFolder } from '../settings.ts';
import { print } from './print.ts';

export interface ScanOptions {
  data: string;
  add: boolean;
  json: boolean;
  seconds: number;
}

/** `platen-relay printers scan` */
export async function scan({ data, add, json, seconds }: ScanOptions): Promise<void> {
  const folder = await findDataFolder(data);
  const scanned = await scanPrinters(folder, seconds * 1000);
  const added = add ? await offerPrinters(folder, scanned) : [];
  if (json) return print(JSON.stringify(scanned));
  if (scanned.length === 0) {
    print(
      'No printer announces itself on this network. Add one by its address: "platen-relay printers add NAME ADDRESS".',
    );
  }
  for (const { name, uri, info, model, location, knownAs } of scanned) {
    const about = [...new Set([info, model, location])].filter(Boolean).join(', ');
    const state = knownAs ? `known as ${knownAs}` : added.includes(name) ? 'added' : 'new';
    print(`${name}  ${uri}  ${about}  (${state})`);
  }
  if (added.length > 0) print('Activate them in the cloud before their first job.');
  else if (scanned.some(({ knownAs }) => !knownAs))
    print('Add them with "printers scan --add", or one by "printers add".');
}
