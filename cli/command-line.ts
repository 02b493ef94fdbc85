import { Argument, CommanderError, InvalidArgumentError, Command as Parser, Option as ParserOption } from 'commander';
import { UsageError } from '../shared/protocol/usage-error.ts';
import { version } from '../shared/protocol/version.ts';
import { type Command, type Given, groupAbouts, type Operand, type Option } from './command.ts';

/** A command line that was understood: a command to carry out, or a text to print. */
export type Asked<C extends Command> = { command: C; given: Given } | { help: string };

/** Reads a command line. Throws a UsageError that says what is wrong with it and what it could mean instead. */
export function readCommandLine<C extends Command>(commands: C[], args: string[]): Asked<C> {
  let asked: Asked<C> | undefined;
  const printed: string[] = [];
  const root = quiet(new Parser('platen'), printed).description('Print, and administer Platen.').version(version);
  root.addHelpText('after', '\nExit codes: 0 done, 1 refused or failed, 2 the command line is wrong.');
  for (const command of commands) {
    const words = command.name.split(' ');
    const leaf = groupOf(root, words.slice(0, -1), printed).command(words.at(-1) as string);
    quiet(leaf, printed)
      .description(command.about)
      .aliases(command.aliases ?? []);
    for (const [name, row] of Object.entries(command.options)) leaf.addOption(parserOption(name, row));
    const { operand } = command;
    if (operand) leaf.addArgument(argumentOf(operand));
    leaf.action(() => {
      const operands = operand ? { [operand.name]: leaf.args } : {};
      asked = { command, given: { ...givenBy(command, leaf, leaf.opts()), ...operands } };
    });
  }
  try {
    root.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isHelp = error.exitCode === 0 || error.code === 'commander.help';
    if (!isHelp)
      throw new UsageError(
        printed
          .join('')
          .trim()
          .replace(/^error: /, ''),
      );
  }
  return asked ?? { help: printed.join('').trimEnd() };
}

/** Nothing is written and the process goes on: the caller decides about both. */
function quiet(parser: Parser, printed: string[]): Parser {
  const keep = (text: string) => printed.push(text);
  // `printers` and `printers test` each take their own options, of the same names
  parser.enablePositionalOptions();
  return parser.exitOverride().configureOutput({ writeOut: keep, writeErr: keep }).showSuggestionAfterError();
}

function groupOf(root: Parser, words: string[], printed: string[]): Parser {
  let group = root;
  for (const word of words) {
    const known = group.commands.find(command => command.name() === word);
    group = known ?? quiet(group.command(word), printed).description(groupAbouts[word] ?? `Commands for ${word}.`);
  }
  return group;
}

function argumentOf({ name, about, isMany, among }: Operand): Argument {
  const argument = new Argument(`<${name}${isMany ? '...' : ''}>`, about);
  return among ? argument.choices([...among]) : argument;
}

function parserOption(name: string, row: Option): ParserOption {
  const flags = `${row.short ? `-${row.short}, ` : ''}--${name}`;
  if (row.value === undefined) return new ParserOption(flags, row.about);
  const option = new ParserOption(`${flags} <${row.value}>`, aboutOf(row));
  return option.argParser((value: string, former: string[] | undefined) => {
    if (former && !row.isMany) throw new InvalidArgumentError('It may be given once.');
    if (row.among && !row.among.includes(value)) {
      throw new InvalidArgumentError(`Allowed values are ${row.among.join(', ')}.`);
    }
    return [...(former ?? []), value];
  });
}

function givenBy({ options }: Command, parser: Parser, values: Record<string, unknown>): Given {
  return Object.fromEntries(
    Object.entries(options).map(([name, { byDefault, isRequired, value: valueName }]) => {
      const key = parser.options.find(({ long }) => long === `--${name}`)?.attributeName() as string;
      const value = values[key] ?? (byDefault === undefined ? [] : [byDefault]);
      // here, and not in the parser, which would complain of this before it complains of a mistyped option
      if (isRequired && Array.isArray(value) && value.length === 0) {
        throw new UsageError(`--${name} ${valueName} is missing.`);
      }
      return [name, value === true ? ['true'] : (value as string[])];
    }),
  );
}

function aboutOf({ about, isRequired, isMany, among, byDefault }: Option): string {
  const notes = [
    isRequired ? 'required' : '',
    isMany ? 'may be repeated' : '',
    among ? among.join(', ') : '',
    byDefault === undefined ? '' : `default ${byDefault}`,
  ].filter(Boolean);
  return notes.length > 0 ? `${about} (${notes.join('; ')})` : about;
}
