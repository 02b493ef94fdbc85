import type { Principal, Relay } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { RelayId } from '../../domain/ids.ts';
import type { Connection, Location } from '../../domain/printer.ts';
import { type Role, withoutRelay } from '../../domain/standby.ts';
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

type PlacePorts = Pick<Ports, 'registry' | 'relayIdentities' | 'clock'>;

/** Deletes a printer. Its waiting jobs are aborted when they are due. A relay that still has the output device creates it again, inactive. */
export async function deletePrinter(
  ports: Pick<Ports, 'registry'>,
  principal: Principal,
  address: PrinterAddress,
): Promise<void> {
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

/** Deletes a location and its printers, and revokes its relays. */
export async function deleteLocation(ports: PlacePorts, principal: Principal, address: LocationAddress): Promise<void> {
  const { location, printers } = await getLocation(ports, principal, address);
  const { companyId, locationId, relayId, standby } = location;
  for (const id of [relayId, standby?.relayId]) if (id) await revoke(ports, id);
  await Promise.all(printers.map(printer => ports.registry.deletePrinter(companyId, printer)));
  await ports.registry.deleteLocation(companyId, locationId);
}

export interface RelayView {
  relay: Relay;
  role: Role;
  connection: Connection;
  /** since when it has its role; milliseconds since 1970 */
  since: number | undefined;
}

/** The relays that serve a company's locations, one or two each, the active one first. */
export async function listRelays(
  { registry }: Pick<Ports, 'registry'>,
  { companyId }: Principal,
): Promise<RelayView[]> {
  const locations = await registry.listLocations(companyId);
  const found = await Promise.all(
    locations.flatMap(placesOf).map(async ({ relayId, ...place }) => ({
      ...place,
      relay: relayId && (await registry.getRelay(relayId)),
    })),
  );
  return found.filter((row): row is RelayView => Boolean(row.relay && !row.relay.revoked));
}

/** The relays of all companies. */
export async function listAllRelays({ registry }: Pick<Ports, 'registry'>): Promise<RelayView[]> {
  const companies = await registry.listCompanies();
  const relays = companies.map(({ companyId }) => listRelays({ registry }, { companyId, scopes: [] }));
  return (await Promise.all(relays)).flat();
}

function placesOf(location: Location): (Omit<RelayView, 'relay'> & Pick<Location, 'relayId'>)[] {
  const { relayId, activeSince, standby } = location;
  const active = { relayId, role: 'active' as const, connection: location, since: activeSince };
  if (!standby) return [active];
  return [active, { relayId: standby.relayId, role: 'standby', connection: standby, since: standby.since }];
}

/** Disconnects a relay permanently. Its location's other relay becomes the active one; without it, another one must enrol. */
export async function revokeRelay(ports: PlacePorts, principal: Principal, relayId: string): Promise<Relay> {
  const relay = await ports.registry.getRelay(relayId as RelayId);
  if (relay?.companyId !== principal.companyId) throw new PrintError('not-found', `Unknown relay ${relayId}.`);
  await revoke(ports, relay.relayId);
  await saveWith(
    () => ports.registry.getLocation(relay.companyId, relay.locationId),
    location => withoutRelay(location, relay.relayId, ports.clock.now()),
    location => ports.registry.saveLocation(location),
  );
  return relay;
}

async function revoke({ registry, relayIdentities }: PlacePorts, relayId: RelayId): Promise<void> {
  const relay = await registry.getRelay(relayId);
  if (relay) await registry.putRelay({ ...relay, revoked: true });
  await relayIdentities.revoke(relayId);
}
