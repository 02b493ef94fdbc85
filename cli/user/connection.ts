import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ClientError, PlatenClient } from '../../client/index.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import type { Answer, Command, Given, Operand, Option } from '../command.ts';

/** Someone waits at the terminal. */
const patienceMilliseconds = 20_000;

export interface Connection {
  endpoint: string;
  key: string;
}

const connectionFile = () => join(homedir(), '.config', 'platen', 'connection.json');

const connectionOptions = {
  endpoint: { value: 'URL', about: 'the service; without it, that of "login" or of the server in ./data' },
  key: { value: 'KEY', about: 'the key for it' },
  data: { value: 'FOLDER', about: 'the data folder of a server that runs on this machine' },
  json: { about: 'print one JSON object' },
} satisfies Record<string, Option>;

interface UserCommand {
  name: string;
  about: string;
  operand?: Operand;
  options?: Record<string, Option>;
  run: (client: PlatenClient, given: Given) => Promise<Answer>;
}

/** A command that calls the API as any program does. */
export function userCommand({ options, run, ...command }: UserCommand): Command<PlatenClient> {
  return {
    ...command,
    options: { ...options, ...connectionOptions },
    setup: async given => new PlatenClient({ ...(await connectionOf(given)), patienceMilliseconds }),
    run: async (client, given) => {
      try {
        return await run(client, given);
      } catch (error) {
        throw inWords(error);
      }
    },
    cleanup: async () => undefined,
  };
}

/** Node says of a service that does not answer only "fetch failed". */
function inWords(error: unknown): unknown {
  if (!(error instanceof TypeError && error.message === 'fetch failed')) return error;
  const { code, message } = error.cause as NodeJS.ErrnoException;
  return new ClientError(0, 'no-answer', `The service does not answer: ${message || code}.`);
}

export async function connectionOf(given: Given): Promise<Connection> {
  const [endpoint, key] = [given.endpoint?.[0], given.key?.[0]];
  if (endpoint && key) return { endpoint, key };
  if (endpoint || key) throw new UsageError('--endpoint and --key go together.');
  const [data] = given.data ?? [];
  const files = data === undefined ? [connectionFile(), join('data', 'platen.json')] : [join(data, 'platen.json')];
  for (const file of files) {
    const found = await readConnection(file);
    if (found) return found;
  }
  const advice = 'Use "login --endpoint URL --key KEY", or --data FOLDER for a server that runs on this machine.';
  throw new UsageError(`No connection: there is no ${files.join(' and no ')}. ${advice}`);
}

async function readConnection(file: string): Promise<Connection | undefined> {
  try {
    const { endpoint, key } = JSON.parse(await readFile(file, 'utf8'));
    return { endpoint, key };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

export async function saveConnection(connection: Connection): Promise<string> {
  const file = connectionFile();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(connection)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}
