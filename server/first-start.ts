import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompanyId } from '../shared/core/domain/ids.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { keyDigest } from '../shared/core/usecases/accounts/authenticate.ts';
import { saveLocation, savePrinter } from '../shared/core/usecases/relays/manage-printers.ts';
import { writePrivateFile } from './private-file.ts';

export const companyId = 'main' as CompanyId;
export const locationId = 'office';
const principal = { companyId, scopes: ['print' as const, 'admin' as const] };

/** What one machine has to remember that no store keeps: the key itself, and where relays find the broker. */
export interface MachineSettings {
  /** a GUID, so that one key serves all dialects */
  key: string;
  mqttPort: number;
}

const settingsFile = 'server.json';

export async function readSettings(data: string): Promise<Partial<MachineSettings>> {
  try {
    return JSON.parse(await readFile(join(data, settingsFile), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${join(data, settingsFile)} cannot be read.`, { cause: error });
  }
}

export async function writeSettings(data: string, settings: MachineSettings): Promise<void> {
  await writePrivateFile(join(data, settingsFile), settings);
}

export const newKey = () => randomUUID();

/**
 * Makes what is not there yet: a company, its key, a location, and a printer for each name, active. What a person
 * changed since the first start stays as they left it.
 */
export async function ensureRegistry(ports: Ports, key: string, devices: string[]): Promise<void> {
  const { registry, clock } = ports;
  if (!(await registry.getCompany(companyId))) {
    await registry.saveCompany({ companyId, name: 'Platen', active: true, version: 0 });
  }
  const digest = keyDigest(key);
  if (!(await registry.getKey(digest))) {
    await registry.putKey({ digest, companyId, name: 'first key', scopes: principal.scopes, createdAt: clock.now() });
  }
  if (!(await registry.getLocation(companyId, locationId))) {
    await saveLocation(ports, principal, { address: { locationId }, changes: { name: 'Office' } });
  }
  for (const deviceId of devices) {
    const address = { locationId, deviceId };
    const known = await registry.getPrinter(companyId, address);
    if (!known) await savePrinter(ports, principal, { address, changes: { active: true } });
  }
}
