import { PlatenClient } from '../../client/index.ts';
import { only } from '../command.ts';
import { countOf } from '../table.ts';
import { saveConnection, userCommand } from './connection.ts';

export const loginCommand = userCommand({
  name: 'login',
  about: 'Checks an endpoint and a key, and keeps them for later commands.',
  run: async (_client, given) => {
    const connection = { endpoint: only(given, 'endpoint'), key: only(given, 'key') };
    const printers = await new PlatenClient({ ...connection, patienceMilliseconds: 5000 }).printers();
    const file = await saveConnection(connection);
    return { json: { file }, lines: [`Connected; ${countOf(printers.length, 'printer')}. Kept in ${file}.`] };
  },
});
