import { createEnrolmentCode } from '../../shared/core/usecases/relays/enrol-relay.ts';
import { only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';
import { locationOption } from './location.ts';

const create: Work = async (ports, given) => {
  const principal = actingFor(await knownCompany(ports, given));
  const { code, expiresAt } = await createEnrolmentCode(ports, principal, { locationId: only(given, 'location') });
  return [code, `Good for one relay, until ${new Date(expiresAt).toISOString()}.`];
};

export const enrolCodeCommand = adminCommand(
  'enrol-code',
  'Invites a relay to a location; one that served it before loses its place.',
  { company: companyOption, location: locationOption },
  create,
);
