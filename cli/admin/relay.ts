import { listRelays, type RelayView, revokeRelay } from '../../shared/core/usecases/relays/remove-places.ts';
import { only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, timeOrNull, type Work } from './admin-command.ts';

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

const jsonOf = ({ relay, role, connection, since }: RelayView) => ({
  relay: relay.relayId,
  location: relay.locationId,
  role,
  since: timeOrNull(since),
  online: connection.online,
  createdAt: timeOrNull(relay.createdAt),
  lastSeenAt: timeOrNull(connection.lastSeenAt),
});

const lineOf = ({ relay, role, connection }: RelayView) =>
  `${relay.relayId}  ${relay.locationId}  ${role}  ${connection.online ? 'online' : 'offline'}`;

export const relayCommands = [
  adminCommand({
    name: 'relay list',
    about: 'Lists the relays of a company’s locations.',
    options: { company: companyOption },
    run: list,
  }),
  adminCommand({
    name: 'relay revoke',
    about: 'Disconnects a relay permanently. The standby takes over; without one, enrol another relay.',
    options: { company: companyOption, relay: { value: 'ID', about: 'see "relay list"', isRequired: true } },
    run: revoke,
  }),
];
