#!/usr/bin/env node
import { runCommandLine } from './run-command-line.ts';
import { userCommands, withCompletion } from './user-commands.ts';

/** The `platen` of the package that `npm pack ./cli` makes: what clients of the API need. */
await runCommandLine(withCompletion(userCommands));
