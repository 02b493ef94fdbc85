import { PrintError } from '../core/domain/errors.ts';
import type { Converter } from '../core/ports/index.ts';

/** Of functions that process no content of customers: the exact path of a conversion leads to the function that does. */
export const noConverter: Converter = {
  async convert() {
    throw new PrintError('bad-request', 'Write this path in lower case and without a slash at its end.');
  },
};
