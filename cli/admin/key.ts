import { randomUUID } from 'node:crypto';
import type { Key, Scope } from '../../shared/core/domain/company.ts';
import { keyDigest } from '../../shared/core/usecases/accounts/authenticate.ts';
import { only, UsageError } from '../command.ts';
import { adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;
const scopes: Scope[] = ['print', 'admin'];

/** Clients of ScriptX show GUIDs, so every key is one; and it is told this once only. */
const create: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const key = randomUUID();
  const createdAt = ports.clock.now();
  const days = given.days?.[0] === undefined ? undefined : Number(given.days[0]);
  if (days !== undefined && !(days > 0)) throw new UsageError('--days is a number above 0.');
  await ports.registry.putKey({
    digest: keyDigest(key),
    companyId,
    name: only(given, 'name'),
    scopes: (given.scope ?? []) as Scope[],
    createdAt,
    expiresAt: days && createdAt + days * dayMilliseconds,
  });
  return [key, 'Keep it: it is stored as a digest and cannot be shown again.'];
};

const list: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const keys = await ports.registry.listKeys(companyId);
  return keys.length > 0 ? keys.map(lineOf) : [`Company ${companyId} has no keys.`];
};

const lineOf = ({ digest, name, scopes: has, createdAt, expiresAt }: Key): string => {
  const until = expiresAt === undefined ? 'for good' : `until ${dayOf(expiresAt)}`;
  return `${digest.slice(0, 12)}  ${name}  ${has.join('+')}  since ${dayOf(createdAt)} ${until}`;
};

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

const remove: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const beginning = only(given, 'digest').toLowerCase();
  const found = (await ports.registry.listKeys(companyId)).filter(({ digest }) => digest.startsWith(beginning));
  const [key, ...others] = found;
  if (!key) throw new UsageError(`No key of ${companyId} begins with ${beginning}: see "admin key list".`);
  if (others.length > 0) throw new UsageError(`${found.length} keys begin with ${beginning}: say more of it.`);
  await ports.registry.deleteKey(key.digest);
  return [`The key ${key.name} is gone; warm functions may let it in for half a minute more.`];
};

const company = { company: companyOption };

export const keyCommands = [
  adminCommand(
    'key create',
    'Makes a key, and shows it once.',
    {
      ...company,
      name: { value: 'TEXT', about: 'whose it is', byDefault: 'key' },
      scope: { value: 'NAME', about: 'what it may do', isMany: true, among: scopes, byDefault: 'print' },
      days: { value: 'NUMBER', about: 'how long it is good; without it, until it is deleted' },
    },
    create,
  ),
  adminCommand('key list', 'Shows a company’s keys, by how their digests begin.', company, list),
  adminCommand(
    'key delete',
    'Takes a key away.',
    { ...company, digest: { value: 'HEX', about: 'how its digest begins', isRequired: true } },
    remove,
  ),
];
