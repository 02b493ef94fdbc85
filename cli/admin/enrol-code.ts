import { createEnrolmentCode } from '../../shared/core/usecases/relays/enrol-relay.ts';
import { numberOf, only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';
import { locationOption } from './location.ts';

const create: Work = async (ports, given) => {
  const principal = actingFor(await knownCompany(ports, given));
  const locationId = only(given, 'location');
  const [replace, standby] = [isGiven(given.replace), isGiven(given.standby)];
  const takeOverSeconds = numberOf(given, 'take-over-after');
  const invitation = { locationId, replace, standby, takeOverSeconds };
  const { code, expiresAt } = await createEnrolmentCode(ports, principal, invitation);
  const until = new Date(expiresAt).toISOString();
  const relay = standby ? 'standby' : 'relay';
  return { json: { code, locationId, expiresAt: until }, lines: [code, `Valid for one ${relay}, until ${until}.`] };
};

const isGiven = (values: string[] | undefined) => (values ?? []).length > 0;

export const enrolCodeCommand = adminCommand({
  name: 'enrol-code',
  about: 'Creates an enrolment code for a relay.',
  options: {
    company: companyOption,
    location: locationOption,
    replace: { about: 'also when a relay is connected there, which then loses its place' },
    standby: { about: 'for a second relay, which takes over when the first is offline' },
    'take-over-after': { value: 'SECONDS', about: 'how long the first is offline by then (default: 60)' },
  },
  run: create,
});
