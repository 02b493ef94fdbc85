import { readFile, writeFile } from 'node:fs/promises';
import type { Company, Key } from '../../shared/core/domain/company.ts';
import type { Location, Printer } from '../../shared/core/domain/printer.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Option, only } from '../command.ts';
import { adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

/**
 * A company as it moves to another deployment. Keys go as digests and stay good. Relays do not go: their certificates
 * belong to the account that signed them, so each is enrolled anew. Jobs end where they began.
 */
interface Moved {
  company: Company;
  keys: Key[];
  locations: Location[];
  printers: Printer[];
}

const exportCompany: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  const { companyId } = company;
  const { registry } = ports;
  const [keys, locations, printers] = await Promise.all([
    registry.listKeys(companyId),
    registry.listLocations(companyId),
    registry.listPrinters(companyId),
  ]);
  const moved: Moved = { company, keys, locations, printers };
  await writeFile(only(given, 'file'), `${JSON.stringify(moved, undefined, 2)}\n`, { mode: 0o600 });
  const counts = { keys: keys.length, locations: locations.length, printers: printers.length };
  const line = `${counts.keys} keys, ${counts.locations} locations and ${counts.printers} printers are in the file.`;
  return { json: { companyId, ...counts }, lines: [line] };
};

const importCompany: Work = async ({ registry }, given) => {
  const { company, keys, locations, printers } = await readMoved(only(given, 'file'));
  const outcome = await registry.saveCompany({ ...company, version: 0 });
  const isOther = 'conflict' in outcome && outcome.conflict?.name !== company.name;
  if (isOther) throw new UsageError(`Another company has the id ${company.companyId} here.`);
  for (const key of keys) await registry.putKey(key);
  for (const location of locations) await addLocation(registry, location);
  for (const { device: _device, ...printer } of printers) await registry.savePrinter({ ...printer, version: 0 });
  const { companyId } = company;
  return {
    json: { companyId },
    lines: [`Company ${companyId} is here. Next: "admin enrol-code" for each of its locations.`],
  };
};

/** Leaves an existing location as it is, so an interrupted import can be repeated. */
async function addLocation(registry: Ports['registry'], location: Location): Promise<void> {
  const { relayId: _relayId, lastSeenAt: _lastSeenAt, ...kept } = location;
  await registry.saveLocation({ ...kept, online: false, presenceVersion: 0, version: 0 });
}

async function readMoved(file: string): Promise<Moved> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

const file: Option = { value: 'PATH', about: 'a JSON file', isRequired: true };

export const moveCommands = [
  adminCommand({
    name: 'company export',
    about: 'Writes a company, its keys, locations and printers to a file.',
    options: { company: companyOption, file },
    run: exportCompany,
  }),
  adminCommand({
    name: 'company import',
    about: 'Makes a company from such a file.',
    options: { file },
    run: importCompany,
  }),
];
