import {
  type Company,
  type Key,
  keyIdOf,
  type ListedKey,
  type Scope,
  scopes,
} from '../../shared/core/domain/company.ts';
import { PrintError } from '../../shared/core/domain/errors.ts';
import { createKey, findKey, listKeys, revokeKey, rotateKey } from '../../shared/core/usecases/accounts/manage-keys.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Given, type Option, only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, timeOrNull, type Work } from './admin-command.ts';
import type { AdminPorts } from './admin-ports.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;

const create: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  const days = given.days?.[0] === undefined ? undefined : Number(given.days[0]);
  if (days !== undefined && !(days > 0)) throw new UsageError(`--days ${given.days?.[0]} is not a number above 0.`);
  const made = await createKey(ports, actingFor(company), {
    name: only(given, 'name'),
    scopes: (given.scope ?? []) as Scope[],
    expiresAt: days && ports.clock.now() + days * dayMilliseconds,
  });
  return shownOnce(made);
};

const list: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  const keys = await listKeys(ports, actingFor(company));
  const lines = keys.length > 0 ? keys.map(lineOf) : [`Company ${company.companyId} has no keys.`];
  return { json: { keys: keys.map(jsonOf) }, lines };
};

const revoke: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  const { digest } = await namedKey(ports, company, given);
  const key = await revokeKey(ports, actingFor(company), digest);
  const delay = ports.registry.isLocal ? '' : '; warm functions may accept it for another 30 seconds';
  return { json: { revoked: keyIdOf(key) }, lines: [`The key ${key.name} is revoked${delay}.`] };
};

const rotate: Work = async (ports, given) => {
  const company = await knownCompany(ports, given);
  const { digest } = await namedKey(ports, company, given);
  const made = await rotateKey(ports, actingFor(company), digest);
  if (digest === ports.firstKey?.digest) await ports.firstKey.replace(made.secret);
  return shownOnce(made);
};

async function namedKey(ports: AdminPorts, company: Company, given: Given): Promise<Key> {
  try {
    return await findKey(ports, actingFor(company), only(given, 'digest'));
  } catch (error) {
    if (!(error instanceof PrintError)) throw error;
    throw new UsageError(`${error.message} See "admin key list".`, { cause: error });
  }
}

const shownOnce = ({ secret, key }: { secret: string; key: Key }) => ({
  json: { key: secret, ...jsonOf(key) },
  lines: [secret, 'Keep it: only its digest is stored, so it cannot be shown again.'],
});

const jsonOf = (key: ListedKey) => ({
  id: keyIdOf(key),
  company: key.companyId,
  name: key.name,
  scopes: key.scopes,
  createdAt: new Date(key.createdAt).toISOString(),
  expiresAt: timeOrNull(key.expiresAt),
  lastUsedAt: timeOrNull(key.lastUsedAt),
});

const lineOf = (key: ListedKey): string => {
  const until = key.expiresAt === undefined ? 'for good' : `until ${dayOf(key.expiresAt)}`;
  const used = key.lastUsedAt === undefined ? 'not used yet' : `used ${dayOf(key.lastUsedAt)}`;
  return `${keyIdOf(key)}  ${key.name}  ${key.scopes.join('+')}  since ${dayOf(key.createdAt)} ${until}, ${used}`;
};

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

const company = { company: companyOption };
const digest: Option = { value: 'HEX', about: 'the first digits of its digest, see "key list"', isRequired: true };

export const keyCommands = [
  adminCommand({
    name: 'key create',
    about: 'Creates a key and shows it once.',
    options: {
      ...company,
      name: { value: 'TEXT', about: 'the purpose of the key', byDefault: 'key' },
      scope: { value: 'NAME', about: 'what the key permits', isMany: true, among: scopes, byDefault: 'print' },
      days: { value: 'NUMBER', about: 'days until the key expires; default: never' },
    },
    run: create,
  }),
  adminCommand({
    name: 'key list',
    about: 'Lists a company’s keys with the first digits of their digests.',
    options: company,
    run: list,
  }),
  adminCommand({
    name: 'key revoke',
    aliases: ['delete'],
    about: 'Revokes a key.',
    options: { ...company, digest },
    run: revoke,
  }),
  adminCommand({
    name: 'key rotate',
    about: 'Replaces a key by a new one with the same name and scopes.',
    options: { ...company, digest },
    run: rotate,
  }),
];
