import { saveLocation } from '../../shared/core/usecases/relays/manage-printers.ts';
import { type Option, only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

const create: Work = async (ports, given) => {
  const principal = actingFor(await knownCompany(ports, given));
  const [locationId, name] = [only(given, 'location'), given.name?.[0]];
  await saveLocation(ports, principal, { address: { locationId }, changes: name === undefined ? {} : { name } });
  return [`Location ${locationId} is there. Next: "admin enrol-code".`];
};

const list: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const locations = await ports.registry.listLocations(companyId);
  if (locations.length === 0) return [`Company ${companyId} has no locations.`];
  return locations.map(({ locationId, name, online, lastSeenAt }) => {
    const seen = lastSeenAt === undefined ? 'never seen' : `since ${new Date(lastSeenAt).toISOString()}`;
    return `${locationId}  ${name}  ${online ? 'online' : 'offline'} ${seen}`;
  });
};

export const locationOption: Option = { value: 'ID', about: 'the location, as targets name it', isRequired: true };

export const locationCommands = [
  adminCommand(
    'location create',
    'Makes a location, or gives one another name.',
    { company: companyOption, location: locationOption, name: { value: 'TEXT', about: 'what people call it' } },
    create,
  ),
  adminCommand(
    'location list',
    'Shows a company’s locations and whether their relays are there.',
    { company: companyOption },
    list,
  ),
];
