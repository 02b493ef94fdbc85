import { companyCommands } from './admin/company.ts';
import { creditsCommands } from './admin/credits.ts';
import { enrolCodeCommand } from './admin/enrol-code.ts';
import { moveCommands } from './admin/export-import.ts';
import { keyCommands } from './admin/key.ts';
import { locationCommands } from './admin/location.ts';
import { printerCommands } from './admin/printer.ts';
import { relayCommands } from './admin/relay.ts';
import type { Command } from './command.ts';
import { userCommands, withCompletion } from './user-commands.ts';

export const adminCommands = [
  ...companyCommands,
  ...moveCommands,
  ...keyCommands,
  ...creditsCommands,
  ...locationCommands,
  enrolCodeCommand,
  ...printerCommands,
  ...relayCommands,
];

/** All of this repository. */
export const commands = withCompletion([...userCommands, ...(adminCommands as Command[])]);
