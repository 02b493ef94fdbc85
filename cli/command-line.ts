import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Command, type Given, type Option, UsageError } from './command.ts';

export type Asked<C extends Command> = { command: C; given: Given } | { help: string };

/** What a command line asks for. Throws a UsageError in words for whoever typed it. */
export function readCommandLine<C extends Command>(commands: C[], args: string[]): Asked<C> {
  const firstOption = args.findIndex(arg => arg.startsWith('-'));
  const words = firstOption < 0 ? args : args.slice(0, firstOption);
  const command = commands.find(({ name }) => name === words.join(' '));
  const wantsHelp = args.includes('--help') || args.includes('-h') || args.length === 0;
  if (command) return wantsHelp ? { help: helpOf(command) } : { command, given: givenTo(command, args) };
  const under = commands.filter(({ name }) => `${name} `.startsWith(words.map(word => `${word} `).join('')));
  if (under.length > 0) return { help: overview(under) };
  throw new UsageError(`There is no command "${words.join(' ')}".\n\n${overview(commands)}`);
}

function givenTo({ name, options }: Command, args: string[]): Given {
  const values = parsed(options, args.slice(name.split(' ').length));
  return Object.fromEntries(
    Object.entries(options).map(([option, row]) => {
      const given = values[option] ?? (row.byDefault === undefined ? [] : [row.byDefault]);
      if (row.isRequired && given.length === 0) throw new UsageError(`--${option} ${row.value} is missing.`);
      if (!row.isMany && given.length > 1) throw new UsageError(`--${option} may be given once.`);
      const stray = row.among && given.find(value => !row.among?.includes(value));
      if (stray) throw new UsageError(`--${option} ${stray}: it is one of ${row.among?.join(', ')}.`);
      return [option, given];
    }),
  );
}

function parsed(options: Record<string, Option>, args: string[]): Record<string, string[] | undefined> {
  const config: ParseArgsConfig['options'] = Object.fromEntries(
    Object.keys(options).map(option => [option, { type: 'string', multiple: true }]),
  );
  try {
    return parseArgs({ args, options: config }).values as Record<string, string[]>;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function overview(commands: Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const rows = commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`);
  return ['Commands:', '', ...rows, '', 'Each says more with --help.'].join('\n');
}

function helpOf({ name, about, options }: Command): string {
  const rows = Object.entries(options).map(([option, row]) => ({ ...row, shown: `--${option} ${row.value}` }));
  const width = Math.max(...rows.map(({ shown }) => shown.length));
  const lines = rows.map(row => `  ${row.shown.padEnd(width)}  ${aboutOf(row)}`);
  return [`platen ${name}`, '', about, '', ...lines].join('\n');
}

function aboutOf({ about, isRequired, isMany, among, byDefault }: Option): string {
  const notes = [
    isRequired ? 'required' : '',
    isMany ? 'may be repeated' : '',
    among ? among.join(', ') : '',
    byDefault === undefined ? '' : `by default ${byDefault}`,
  ].filter(Boolean);
  return notes.length > 0 ? `${about} (${notes.join('; ')})` : about;
}
