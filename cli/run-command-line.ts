import { ClientError } from '../client/index.ts';
import { PrintError } from '../shared/core/domain/errors.ts';
import { UsageError } from '../shared/protocol/usage-error.ts';
import { type Command, carryOut } from './command.ts';
import { readCommandLine } from './command-line.ts';

/**
 * Carries out the command line of this process: the answer goes to standard output, errors to standard error. Exit codes:
 * 0 done, 1 it failed, 2 the command line is wrong.
 */
export async function runCommandLine(commands: Command[]): Promise<void> {
  // a reader like `head` that has seen enough is no failure
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  });
  try {
    const asked = readCommandLine(commands, process.argv.slice(2));
    if ('help' in asked) process.stdout.write(`${asked.help}\n`);
    else {
      const { json, lines } = await carryOut(asked.command, asked.given);
      const isForScripts = (asked.given.json ?? []).length > 0;
      process.stdout.write(`${isForScripts ? JSON.stringify(json) : lines.join('\n')}\n`);
    }
  } catch (error) {
    const { message, cause, stack } = error as Error;
    const isForPeople = [UsageError, PrintError, ClientError].some(kind => error instanceof kind);
    process.stderr.write(`platen: ${message}\n`);
    if (error instanceof PrintError && cause) process.stderr.write(`${(cause as Error).message}\n`);
    if (!isForPeople) process.stderr.write(`${stack}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
