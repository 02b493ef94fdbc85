import { discoverPrinters, type FoundPrinter } from './discovery/dns-sd.ts';
import { type Config, type DataFolder, readConfig, writeConfig } from './settings.ts';

export interface ScannedPrinter extends FoundPrinter {
  /** absent: the relay has no printer at this address */
  knownAs?: string;
}

/** Printers of this network, and which of them the relay has already. */
export async function scanPrinters(folder: DataFolder, milliseconds: number): Promise<ScannedPrinter[]> {
  const found = await discoverPrinters(milliseconds);
  const config = await readConfig(folder);
  return found.map(printer => ({ ...printer, knownAs: nameAt(printer, config) }));
}

/** Adds printers that are new; a relay that runs registers them, and they are inactive in the cloud. Answers their names. */
export async function offerPrinters(folder: DataFolder, scanned: ScannedPrinter[]): Promise<string[]> {
  const config = await readConfig(folder);
  const added = scanned.filter(printer => nameAt(printer, config) === undefined && !(printer.name in config.printers));
  if (added.length === 0) return [];
  const printers = { ...config.printers, ...Object.fromEntries(added.map(({ name, uri }) => [name, uri])) };
  await writeConfig(folder, { ...config, printers });
  return added.map(({ name }) => name);
}

/** One host is one printer, whatever the protocol: what a person chose before stays. */
function nameAt({ uri }: FoundPrinter, { printers }: Config): string | undefined {
  const hostOf = (address: string) => URL.parse(address)?.hostname.toLowerCase();
  return Object.entries(printers).find(([, address]) => hostOf(address) === hostOf(uri))?.[0];
}
