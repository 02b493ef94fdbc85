import { createEnrolmentCode } from '../../shared/core/usecases/relays/enrol-relay.ts';
import { only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';
import { locationOption } from './location.ts';

const create: Work = async (ports, given) => {
  const principal = actingFor(await knownCompany(ports, given));
  const locationId = only(given, 'location');
  const replace = (given.replace ?? []).length > 0;
  const { code, expiresAt } = await createEnrolmentCode(ports, principal, { locationId, replace });
  const until = new Date(expiresAt).toISOString();
  return { json: { code, locationId, expiresAt: until }, lines: [code, `Valid for one relay, until ${until}.`] };
};

export const enrolCodeCommand = adminCommand({
  name: 'enrol-code',
  about: 'Creates an enrolment code for a relay.',
  options: {
    company: companyOption,
    location: locationOption,
    replace: { about: 'also when a relay is connected there, which then loses its place' },
  },
  run: create,
});
