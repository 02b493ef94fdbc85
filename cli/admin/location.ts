import type { Location } from '../../shared/core/domain/printer.ts';
import { saveLocation } from '../../shared/core/usecases/relays/manage-printers.ts';
import { deleteLocation } from '../../shared/core/usecases/relays/remove-places.ts';
import { type Option, only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, timeOrNull, type Work } from './admin-command.ts';

const create: Work = async (ports, given) => {
  const principal = actingFor(await knownCompany(ports, given));
  const [locationId, name] = [only(given, 'location'), given.name?.[0]];
  const changes = name === undefined ? {} : { name };
  const { location } = await saveLocation(ports, principal, { address: { locationId }, changes });
  return { json: jsonOf(location), lines: [`Location ${locationId} is saved. Next: "admin enrol-code".`] };
};

const list: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const locations = await ports.registry.listLocations(companyId);
  const lines = locations.length > 0 ? locations.map(lineOf) : [`Company ${companyId} has no locations.`];
  return { json: { locations: locations.map(jsonOf) }, lines };
};

const remove: Work = async (ports, given) => {
  const locationId = only(given, 'location');
  await deleteLocation(ports, actingFor(await knownCompany(ports, given)), { locationId });
  return { json: { deleted: locationId }, lines: [`Location ${locationId}, its printers and its relay are deleted.`] };
};

const jsonOf = ({ locationId, name, active, online, relayId, lastSeenAt, activeSince, standby }: Location) => ({
  location: locationId,
  name,
  active,
  online,
  relayId: relayId ?? null,
  lastSeenAt: timeOrNull(lastSeenAt),
  activeSince: timeOrNull(activeSince),
  standby: standby
    ? {
        relayId: standby.relayId,
        online: standby.online,
        lastSeenAt: timeOrNull(standby.lastSeenAt),
        since: timeOrNull(standby.since),
      }
    : null,
});

const lineOf = ({ locationId, name, online, lastSeenAt, standby }: Location) => {
  const seen = lastSeenAt === undefined ? 'never seen' : `since ${new Date(lastSeenAt).toISOString()}`;
  const other = standby ? `, standby ${standby.online ? 'online' : 'offline'}` : '';
  return `${locationId}  ${name}  ${online ? 'online' : 'offline'} ${seen}${other}`;
};

export const locationOption: Option = { value: 'ID', about: 'the location, as targets name it', isRequired: true };
const options = { company: companyOption, location: locationOption };

export const locationCommands = [
  adminCommand({
    name: 'location create',
    about: 'Creates or renames a location.',
    options: { ...options, name: { value: 'TEXT', about: 'the name that people see' } },
    run: create,
  }),
  adminCommand({
    name: 'location list',
    about: 'Lists a company’s locations, and whether their relays are online.',
    options: { company: companyOption },
    run: list,
  }),
  adminCommand({
    name: 'location delete',
    about: 'Deletes a location and its printers, and revokes its relay.',
    options,
    run: remove,
  }),
];
