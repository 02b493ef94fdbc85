import type { ClientKey } from '../../client/index.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { only } from '../command.ts';
import { tableOf } from '../table.ts';
import { userCommand } from './connection.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;
const day = (time: string) => time.slice(0, 10);

function expiryIn(days: string | undefined): string | undefined {
  if (days === undefined) return undefined;
  if (!(Number(days) > 0)) throw new UsageError(`--days ${days} is not a number above 0.`);
  return new Date(Date.now() + Number(days) * dayMilliseconds).toISOString();
}

export const keyCommands = [
  userCommand({
    name: 'keys list',
    about: 'Lists keys, without their secrets. Needs a key of the scope admin.',
    run: async client => {
      const keys = await client.keys();
      const rows = keys.map(({ id, scopes, createdAt, expiresAt, lastUsedAt, name }) => [
        ...[
          id,
          scopes.join('+'),
          day(createdAt),
          expiresAt ? day(expiresAt) : 'never',
          lastUsedAt ? day(lastUsedAt) : 'never',
          name,
        ],
      ]);
      return {
        json: { keys },
        lines: tableOf(['KEY', 'SCOPES', 'CREATED', 'EXPIRES', 'USED', 'NAME'], rows, 'No keys.'),
      };
    },
  }),
  userCommand({
    name: 'keys create',
    about: 'Creates a key and shows it once. Needs a key of the scope admin.',
    options: {
      name: { value: 'TEXT', about: 'its purpose', isRequired: true },
      scope: { value: 'NAME', about: 'what it permits', isMany: true, among: ['print', 'read', 'admin'] },
      days: { value: 'NUMBER', about: 'days until it expires (default: never)' },
    },
    run: async (client, given) => {
      const scopes = (given.scope?.length ? given.scope : ['print']) as ClientKey['scopes'];
      const made = await client.createKey(only(given, 'name'), { scopes, expiresAt: expiryIn(given.days?.[0]) });
      return { json: made, lines: [made.key, 'Keep it: it cannot be shown again.'] };
    },
  }),
  userCommand({
    name: 'keys revoke',
    about: 'Refuses a key from now on. Needs a key of the scope admin.',
    operand: { name: 'id', about: 'see "keys list"' },
    run: async (client, given) => {
      const id = only(given, 'id');
      await client.revokeKey(id);
      return { json: { revoked: id }, lines: [`The key ${id} is revoked.`] };
    },
  }),
];
