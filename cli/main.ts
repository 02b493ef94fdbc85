import { commands } from './commands.ts';
import { runCommandLine } from './run-command-line.ts';

/** `npm run platen -- COMMAND`: printing, and the administration of an installation. */
await runCommandLine(commands);
