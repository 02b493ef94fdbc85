import type { Principal, Relay } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { RelayId } from '../../domain/ids.ts';
import type { Location } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';
import {
  getLocation,
  getPrinter,
  type ListPage,
  type LocationAddress,
  type PrinterAddress,
  rangeOf,
} from './manage-printers.ts';

type PlacePorts = Pick<Ports, 'registry' | 'relayIdentities'>;

/** Deletes a printer. Its waiting jobs are aborted when they are due. A relay that still has the output device creates it again, inactive. */
export async function deletePrinter(ports: PlacePorts, principal: Principal, address: PrinterAddress): Promise<void> {
  const { locationId, deviceId } = await getPrinter(ports, principal, address);
  await ports.registry.deletePrinter(principal.companyId, { locationId, deviceId });
}

export async function listLocations(
  { registry }: Pick<Ports, 'registry'>,
  { companyId }: Principal,
  page: ListPage,
): Promise<Location[]> {
  return await registry.listLocations(companyId, rangeOf(page));
}

/** Deletes a location and its printers, and revokes its relay. */
export async function deleteLocation(ports: PlacePorts, principal: Principal, address: LocationAddress): Promise<void> {
  const { location, printers } = await getLocation(ports, principal, address);
  const { companyId, locationId } = location;
  if (location.relayId) await revoke(ports, location.relayId);
  await Promise.all(printers.map(printer => ports.registry.deletePrinter(companyId, printer)));
  await ports.registry.deleteLocation(companyId, locationId);
}

export interface RelayView {
  relay: Relay;
  location: Location;
}

/** The relays that serve a company's locations, one each. */
export async function listRelays(
  { registry }: Pick<Ports, 'registry'>,
  { companyId }: Principal,
): Promise<RelayView[]> {
  const locations = await registry.listLocations(companyId);
  const found = await Promise.all(
    locations.map(async location => ({
      location,
      relay: location.relayId && (await registry.getRelay(location.relayId)),
    })),
  );
  return found.filter((row): row is RelayView => Boolean(row.relay && !row.relay.revoked));
}

/** Disconnects a relay permanently: its location has no relay until another one enrols. */
export async function revokeRelay(ports: PlacePorts, principal: Principal, relayId: string): Promise<Relay> {
  const relay = await ports.registry.getRelay(relayId as RelayId);
  if (relay?.companyId !== principal.companyId) throw new PrintError('not-found', `Unknown relay ${relayId}.`);
  await revoke(ports, relay.relayId);
  await saveWith(
    () => ports.registry.getLocation(relay.companyId, relay.locationId),
    location => (location.relayId === relay.relayId ? { ...location, relayId: undefined, online: false } : undefined),
    location => ports.registry.saveLocation(location),
  );
  return relay;
}

async function revoke({ registry, relayIdentities }: PlacePorts, relayId: RelayId): Promise<void> {
  const relay = await registry.getRelay(relayId);
  if (relay) await registry.putRelay({ ...relay, revoked: true });
  await relayIdentities.revoke(relayId);
}
