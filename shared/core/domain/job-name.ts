import { PrintError } from './errors.ts';

export const maximumNameCharacters = 255;

/** Refuses a name that would break a printer's display or a file name. */
export function checkJobName(name: string): string {
  if ([...name].length > maximumNameCharacters) {
    throw new PrintError(
      'bad-value',
      `The job name is too long: at most ${maximumNameCharacters} characters are allowed.`,
    );
  }
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) {
    throw new PrintError('bad-value', 'The job name contains control characters. Remove them.');
  }
  return name;
}
