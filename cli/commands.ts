import { companyCommands } from './admin/company.ts';
import { creditsCommands } from './admin/credits.ts';
import { enrolCodeCommand } from './admin/enrol-code.ts';
import { moveCommands } from './admin/export-import.ts';
import { keyCommands } from './admin/key.ts';
import { locationCommands } from './admin/location.ts';
import { printerCommands } from './admin/printer.ts';
import { relayCommands } from './admin/relay.ts';
import type { Command } from './command.ts';
import { jobCommands } from './user/jobs.ts';
import { loginCommand } from './user/login.ts';
import { placeCommands } from './user/places.ts';
import { printCommand, reprintCommand } from './user/print.ts';

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

export const userCommands = [loginCommand, printCommand, ...jobCommands, reprintCommand, ...placeCommands];

export const commands: Command[] = [...userCommands, ...adminCommands] as Command[];
