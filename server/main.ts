import { setFlagsFromString } from 'node:v8';
import { UsageError } from '../shared/protocol/usage-error.ts';
import { configureLog } from '../shared/telemetry/log.ts';
import { parseOptions, type ServerOptions } from './options.ts';
import { startServer } from './server.ts';
import { welcome } from './welcome.ts';

/** After this long an ending that hangs is cut short; everything that was answered is on disk already. */
const endMilliseconds = 4500;

/**
 * Octets that pass through count as garbage like any other, and for each 10 MB of them V8 would look through the whole
 * heap, which is small and stays: a third of the time of an upload. So it waits until there is more to be found.
 */
setFlagsFromString('--heap-growing-percent=300');

function fail(error: unknown): never {
  console.error(`platen: ${error instanceof Error ? error.message : error}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}

async function main(options: ServerOptions): Promise<void> {
  configureLog({ level: options.logLevel, format: options.logFormat });
  const server = await startServer(options);
  console.log(welcome(server, options));
  const end = () => {
    console.log(
      'Stopping. Jobs that are under way are finished or recovered at the next start; Ctrl-C again ends at once.',
    );
    process.once('SIGINT', () => process.exit(1));
    setTimeout(() => process.exit(1), endMilliseconds).unref();
    server.stop().then(() => process.exit(0), fail);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if ('help' in options) console.log(options.help);
  else await main(options);
} catch (error) {
  fail(error);
}
