import { randomUUID } from 'node:crypto';
import type { CompanyId } from '../shared/core/domain/ids.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { keyDigest } from '../shared/core/usecases/accounts/authenticate.ts';
import { saveLocation, savePrinter } from '../shared/core/usecases/relays/manage-printers.ts';

export const companyId = 'main' as CompanyId;
export const locationId = 'office';
const principal = { companyId, scopes: ['print' as const, 'admin' as const] };

export const newKey = () => randomUUID();

const firstKeyName = 'first key';

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
  const known = await registry.getKey(digest);
  if (!known?.keptIn) {
    const createdAt = known?.createdAt ?? clock.now();
    const made = { digest, companyId, name: firstKeyName, scopes: principal.scopes, createdAt, keptIn: 'server.json' };
    await registry.putKey(made);
  }
  // a key that was taken out of the settings file must not work any more
  const former = (await registry.listKeys(companyId)).filter(row => row.name === firstKeyName && row.digest !== digest);
  await Promise.all(former.map(row => registry.deleteKey(row.digest)));
  if (!(await registry.getLocation(companyId, locationId))) {
    await saveLocation(ports, principal, { address: { locationId }, changes: { name: 'Office' } });
  }
  for (const deviceId of devices) {
    const address = { locationId, deviceId };
    const known = await registry.getPrinter(companyId, address);
    if (!known) await savePrinter(ports, principal, { address, changes: { active: true } });
  }
}
