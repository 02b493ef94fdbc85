import { readFile, writeFile } from 'node:fs/promises';
import type { Company, Key } from '../../shared/core/domain/company.ts';
import type { Location, Printer } from '../../shared/core/domain/printer.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Option, only } from '../command.ts';
import { adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

/**
 * The data of a company that moves to another deployment. Keys are exported as digests and stay valid. Relays must enrol
 * again, since their certificates belong to the account that signed them. Jobs are not exported.
 */
interface CompanyExport {
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
  const data: CompanyExport = { company, keys, locations, printers };
  await writeFile(only(given, 'file'), `${JSON.stringify(data, undefined, 2)}\n`, { mode: 0o600 });
  const counts = { keys: keys.length, locations: locations.length, printers: printers.length };
  const line = `${counts.keys} keys, ${counts.locations} locations and ${counts.printers} printers are in the file.`;
  return { json: { companyId, ...counts }, lines: [line] };
};

const importCompany: Work = async ({ registry }, given) => {
  const { company, keys, locations, printers } = await readExport(only(given, 'file'));
  const outcome = await registry.saveCompany({ ...company, version: 0 });
  const isOther = 'conflict' in outcome && outcome.conflict?.name !== company.name;
  if (isOther) throw new UsageError(`The id ${company.companyId} belongs to another company of this installation.`);
  for (const key of keys) await registry.putKey(key);
  for (const location of locations) await addLocation(registry, location);
  for (const { device: _device, ...printer } of printers) await registry.savePrinter({ ...printer, version: 0 });
  const { companyId } = company;
  return {
    json: { companyId },
    lines: [`Company ${companyId} is imported. Next: "admin enrol-code" for each of its locations.`],
  };
};

/** Leaves an existing location as it is, so an interrupted import can be repeated. */
async function addLocation(registry: Ports['registry'], location: Location): Promise<void> {
  const withoutRelays = { relayId: undefined, lastSeenAt: undefined, activeSince: undefined, standby: undefined };
  await registry.saveLocation({ ...location, ...withoutRelays, online: false, presenceVersion: 0, version: 0 });
}

async function readExport(file: string): Promise<CompanyExport> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: ${(error as Error).message}`);
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
    about: 'Creates a company from an exported file.',
    options: { file },
    run: importCompany,
  }),
];
