import { describe, expect, it } from 'vitest';
import { type Command, carryOut, type Option } from '../../../cli/command.ts';
import { readCommandLine } from '../../../cli/command-line.ts';
import { adminCommands, commands } from '../../../cli/commands.ts';
import { userCommands } from '../../../cli/user-commands.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';
import { version } from '../../../shared/protocol/version.ts';

const options: Record<string, Option> = {
  printer: { value: 'NAME', about: 'which one', isRequired: true },
  scope: { value: 'NAME', about: 'what for', isMany: true, among: ['print', 'admin'], byDefault: 'print' },
};
const steps: string[] = [];
const command: Command<string> = {
  name: 'test page',
  about: 'Prints a page.',
  options,
  setup: async () => {
    steps.push('setup');
    return 'context';
  },
  run: async () => {
    steps.push('run');
    throw new Error('out of paper');
  },
  cleanup: async context => {
    steps.push(`cleanup ${context}`);
  },
};

describe('the command line', () => {
  it('tells a command from its options', () => {
    const asked = readCommandLine([command], ['test', 'page', '--printer', 'laser', '--scope', 'admin']);

    expect(asked).toEqual({ command, given: { printer: ['laser'], scope: ['admin'] } });
  });

  it('fills in what an option is by default', () => {
    const asked = readCommandLine([command], ['test', 'page', '--printer', 'laser']);

    expect(asked).toMatchObject({ given: { scope: ['print'] } });
  });

  it.each<[why: string, args: string[], message: RegExp]>([
    ['an unknown command', ['test', 'pages'], /^unknown command 'pages'\n\(Did you mean page\?\)/],
    ['an option that lacks', ['test', 'page'], /^--printer NAME is missing/],
    ['an option without its value', ['test', 'page', '--printer'], /--printer/],
    ['an unknown option', ['test', 'page', '--pinter', 'laser'], /--pinter'\n\(Did you mean --printer\?\)/],
    ['an option twice', ['test', 'page', '--printer', 'a', '--printer', 'b'], /--printer.* It may be given once/],
    ['a value that is none of its', ['test', 'page', '--printer', 'a', '--scope', 'all'], /'all' is invalid. Allowed/],
    ['an operand that nothing takes', ['test', 'page', 'x', '--printer', 'a'], /too many arguments/],
  ])('refuses %s in words', (_why, args, message) => {
    const read = () => readCommandLine([command], args);

    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });

  it.each([[['admin', 'key']], [['admin', 'key', '--help']], [['admin', 'help', 'key']]])('helps with %j', args => {
    const asked = readCommandLine(commands, args);

    expect(asked).toMatchObject({ help: expect.stringContaining('platen admin key') });
    expect(asked).toMatchObject({ help: expect.stringContaining('create') });
  });

  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists the groups of commands for %j', args => {
    const asked = readCommandLine(commands, args);

    expect(asked).toMatchObject({ help: expect.stringMatching(/^Usage: platen .*admin/s) });
  });

  it('says its version', () => {
    expect(readCommandLine(commands, ['--version'])).toEqual({ help: version });
  });

  const place = [
    ...adminCommands.map(({ name }) => [name, '--env <NAME>']),
    ...userCommands.map(({ name }) => [name, '--endpoint <URL>']),
  ] as [string, string][];
  it.each(place)('%s shows its options', (name, option) => {
    const asked = readCommandLine(commands, [...name.split(' '), '--help']);

    expect(asked).toMatchObject({ help: expect.stringContaining(option) });
  });

  it('cleans up when a command fails', async () => {
    steps.length = 0;

    await expect(carryOut(command, {})).rejects.toThrow('out of paper');

    expect(steps).toEqual(['setup', 'run', 'cleanup context']);
  });
});
