import { PrintError } from '../shared/core/domain/errors.ts';
import { carryOut, UsageError } from './command.ts';
import { readCommandLine } from './command-line.ts';
import { commands } from './commands.ts';

/** `npm run platen -- COMMAND`: what was asked for goes to standard output, what went wrong to standard error. */
try {
  const asked = readCommandLine(commands, process.argv.slice(2));
  const lines = 'help' in asked ? [asked.help] : await carryOut(asked.command, asked.given);
  for (const line of lines) process.stdout.write(`${line}\n`);
} catch (error) {
  const { message, cause } = error as Error;
  process.stderr.write(`${message}\n`);
  const isPlain = error instanceof UsageError;
  if (!isPlain && cause) process.stderr.write(`${(cause as Error).name}: ${(cause as Error).message}\n`);
  if (!isPlain && !(error instanceof PrintError)) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
