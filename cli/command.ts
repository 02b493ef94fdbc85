/** An option of a command line: `--name VALUE`. */
export interface Option {
  /** what its value is, in capitals, for the help */
  value: string;
  about: string;
  isRequired?: boolean;
  /** may be given more than once */
  isMany?: boolean;
  /** the values that it may have */
  among?: readonly string[];
  byDefault?: string;
}

/** What was given, by option: a list of what was given for each. */
export type Given = Record<string, string[]>;

/**
 * A command is data: what it is called, what it takes, how what it needs is opened, used, and closed again. `cleanup`
 * runs whatever happened, if `setup` was done.
 */
export interface Command<Context = unknown> {
  /** `admin key create` */
  name: string;
  about: string;
  options: Record<string, Option>;
  setup(given: Given): Promise<Context>;
  /** Answers the lines that it has to say. */
  run(context: Context, given: Given): Promise<string[]>;
  cleanup(context: Context): Promise<void>;
}

/** A word for the person who typed it, and no fault of the program. */
export class UsageError extends Error {}

/** The only value of an option that is there: it is required, or has a default. */
export const only = (given: Given, option: string): string => given[option]?.[0] as string;

export async function carryOut<Context>(command: Command<Context>, given: Given): Promise<string[]> {
  const context = await command.setup(given);
  try {
    return await command.run(context, given);
  } finally {
    await command.cleanup(context);
  }
}
