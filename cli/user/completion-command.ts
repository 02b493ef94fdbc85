import { type Command, only } from '../command.ts';
import { completionScript, type Shell, shells } from '../completion.ts';

/** `source <(platen completion bash)` */
export const completionCommand = (commands: () => Command[]): Command<undefined> => ({
  name: 'completion',
  about: 'Prints the completion script for a shell: source <(platen completion bash)',
  operand: { name: 'shell', about: shells.join(' or '), among: shells },
  options: {},
  setup: async () => undefined,
  run: async (_context, given) => {
    const script = completionScript(only(given, 'shell') as Shell, commands());
    return { json: { script }, lines: [script] };
  },
  cleanup: async () => undefined,
});
