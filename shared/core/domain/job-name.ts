import { PrintError } from './errors.ts';

export const maximumNameCharacters = 255;

/** The limit for what is read of a title, which may be a whole document. */
const readCharacters = 2000;
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Refuses a name that would break a printer's display or a file name. */
export function checkJobName(name: string): string {
  if ([...name].length > maximumNameCharacters) {
    throw new PrintError(
      'bad-value',
      `The job name is too long: at most ${maximumNameCharacters} characters are allowed.`,
    );
  }
  if (name.search(controls) >= 0) {
    throw new PrintError('bad-value', 'The job name contains control characters. Remove them.');
  }
  return name;
}

/** The name that dialects without a limit give a job: one line, cut to its length; may be empty. A title never costs a job. */
export function toJobName(title: string): string {
  const line = title.slice(0, readCharacters).replace(controls, ' ');
  return [...line.trim().toWellFormed()].slice(0, maximumNameCharacters).join('');
}
