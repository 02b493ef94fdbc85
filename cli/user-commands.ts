import type { Command } from './command.ts';
import { completionCommand } from './user/completion-command.ts';
import { htmlCommand } from './user/html.ts';
import { jobCommands } from './user/jobs.ts';
import { keyCommands } from './user/keys.ts';
import { loginCommand } from './user/login.ts';
import { placeCommands } from './user/places.ts';
import { printCommand, reprintCommand } from './user/print.ts';

/** For those who print; the package in `cli/` has only these. */
export const userCommands = [
  loginCommand,
  printCommand,
  htmlCommand,
  ...jobCommands,
  reprintCommand,
  ...placeCommands,
  ...keyCommands,
] as Command[];

/** The commands, and one that prints their completion. */
export function withCompletion(commands: Command[]): Command[] {
  const all: Command[] = [...commands, completionCommand(() => all) as Command];
  return all;
}
