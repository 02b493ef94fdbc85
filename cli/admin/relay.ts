import type { Relay } from '../../shared/core/domain/company.ts';
import type { Location } from '../../shared/core/domain/printer.ts';
import { listRelays, revokeRelay } from '../../shared/core/usecases/relays/remove-places.ts';
import { only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

const list: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  const relays = await listRelays(ports, actingFor(company));
  const lines = relays.length > 0 ? relays.map(lineOf) : [`Company ${company.companyId} has no relays.`];
  return { json: { relays: relays.map(jsonOf) }, lines };
};

const revoke: Work = async (ports, given) => {
  const principal = actingFor(await knownCompany(ports, given));
  const { relayId, locationId } = await revokeRelay(ports, principal, only(given, 'relay'));
  return { json: { revoked: relayId, location: locationId }, lines: [`Relay ${relayId} at ${locationId} is revoked.`] };
};

type Row = { relay: Relay; location: Location };

const jsonOf = ({ relay, location }: Row) => ({
  relay: relay.relayId,
  location: location.locationId,
  online: location.online,
  createdAt: new Date(relay.createdAt).toISOString(),
  lastSeenAt: location.lastSeenAt === undefined ? null : new Date(location.lastSeenAt).toISOString(),
});

const lineOf = ({ relay, location }: Row) =>
  `${relay.relayId}  ${location.locationId}  ${location.online ? 'online' : 'offline'}`;

export const relayCommands = [
  adminCommand({
    name: 'relay list',
    about: 'Lists the relays of a company’s locations.',
    options: { company: companyOption },
    run: list,
  }),
  adminCommand({
    name: 'relay revoke',
    about: 'Disconnects a relay permanently. Enrol another relay for its location.',
    options: { company: companyOption, relay: { value: 'ID', about: 'see "relay list"', isRequired: true } },
    run: revoke,
  }),
];
