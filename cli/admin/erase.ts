import { deleteLocation } from '../../shared/core/usecases/relays/remove-places.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

/** Deletes the keys first, so that no new jobs come in. */
const erase: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  const { companyId } = company;
  if (given.confirm?.[0] !== companyId) {
    throw new UsageError(
      `This deletes all data of ${companyId}. To confirm, repeat the command with --confirm ${companyId}.`,
    );
  }
  const { registry } = ports;
  const keys = await registry.listKeys(companyId);
  await Promise.all(keys.map(({ digest }) => registry.deleteKey(digest)));
  await registry.saveCompany({ ...company, active: false });
  const locations = await registry.listLocations(companyId);
  for (const { locationId } of locations) await deleteLocation(ports, actingFor(company), { locationId });
  const deleted = await ports.eraseCompany(companyId);
  await registry.deleteCompany(companyId);
  const { backupDays } = ports;
  const until = backupDays === undefined ? undefined : ports.clock.now() + backupDays * 24 * 3600 * 1000;
  const uploads = until === undefined ? '; unfinished uploads expire within a day' : '';
  const data = `${deleted.jobs} jobs and all documents${uploads}`;
  const backups = until === undefined ? [] : [`Backups of the tables remember it until ${dateOf(until)}.`];
  return {
    json: {
      companyId,
      keys: keys.length,
      locations: locations.length,
      jobs: deleted.jobs,
      backupsUntil: until === undefined ? null : dateOf(until),
    },
    lines: [`Company ${companyId} is erased: ${keys.length} keys, ${locations.length} locations, ${data}.`, ...backups],
  };
};

const dateOf = (time: number) => new Date(time).toISOString().slice(0, 10);

export const eraseCommand = adminCommand({
  name: 'company erase',
  about: 'Deletes a company with its keys, locations, printers, jobs and documents.',
  options: { company: companyOption, confirm: { value: 'ID', about: 'the id of the company again, to confirm' } },
  run: erase,
});
