import { app } from '#app';
import { callbackPolicy } from '../shared/adapters/web/callback-policy.ts';
import { PrintError } from '../shared/core/domain/errors.ts';
import type { Converter } from '../shared/core/ports/index.ts';
import * as useCases from '../shared/core/usecases/index.ts';
import { httpHandler } from '../shared/handlers/http.ts';

/** Pictures of pages are made by the function `preview`, which only the exact path leads to. */
const converter: Converter = {
  async convert() {
    throw new PrintError('bad-request', 'Write this path in lower case and without a slash at its end.');
  },
};

/** Accepts jobs, and every request that no narrower route matches, such as paths in unusual letter case. */
export const handler = httpHandler(() => ({ ...app(), callbackPolicy, converter }), useCases);
