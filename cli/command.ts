import type { CompanyId } from '../shared/core/domain/ids.ts';
import { UsageError } from '../shared/protocol/usage-error.ts';

/** An option of a command: `--name VALUE`, or a switch when it has no `value`. */
export interface Option {
  /** what its value is, in capitals, for the help */
  value?: string;
  /** one letter: `-o` */
  short?: string;
  about: string;
  isRequired?: boolean;
  /** may be given more than once */
  isMany?: boolean;
  /** the values that are allowed */
  among?: readonly string[];
  byDefault?: string;
}

/** What a command takes besides options: `FILE...`. */
export interface Operand {
  /** in lower case, for the help and as a name in what was given */
  name: string;
  about: string;
  isMany?: boolean;
  /** the values that are allowed */
  among?: readonly string[];
}

/** What the first words of longer commands are about. */
export const groupAbouts: Record<string, string> = {
  keys: 'Lists, creates and revokes keys.',
  admin: 'Administers an installation: companies, keys, locations, printers, relays, credits.',
};

/** The values given for each option and the operand; an empty list when the option was not given. */
export type Given = Record<string, string[]>;

/** What a command answers: one JSON object for scripts, the same in lines for people. */
export interface Answer {
  json: object;
  lines: string[];
}

/**
 * A command is data: its name, its options, and how its context is opened, used and closed. `cleanup` runs whatever
 * happened, if `setup` was done.
 */
export interface Command<Context = unknown> {
  /** `admin key create` */
  name: string;
  /** other names of its last word */
  aliases?: string[];
  about: string;
  operand?: Operand;
  options: Record<string, Option>;
  setup(given: Given): Promise<Context>;
  run(context: Context, given: Given): Promise<Answer>;
  cleanup(context: Context): Promise<void>;
}

/** The only value of an option that is required, or has a default. */
export const only = (given: Given, option: string): string => given[option]?.[0] as string;

/** The whole number that was given for an option; undefined for none. Throws a UsageError for any other text. */
export function numberOf(given: Given, option: string, least = 1): number | undefined {
  const [text] = given[option] ?? [];
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`--${option} ${text} is not a whole number from ${least}.`);
}

export const companyIdOf = (given: Given) => only(given, 'company') as CompanyId;

export async function carryOut<Context>(command: Command<Context>, given: Given): Promise<Answer> {
  const context = await command.setup(given);
  try {
    return await command.run(context, given);
  } finally {
    await command.cleanup(context);
  }
}
