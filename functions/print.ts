import { app } from '#app';
import type { converter as Converter } from '#converter';
import { callbackPolicy } from '../shared/adapters/web/callback-policy.ts';
import * as useCases from '../shared/core/usecases/default-route.ts';
import { httpHandler } from '../shared/handlers/http.ts';

/** Loaded for the first dry run that makes a document: most requests need none. */
const converter: typeof Converter = {
  convert: async (conversion, context) => (await import('#converter')).converter.convert(conversion, context),
};

/** Accepts jobs, and requests that match no route exactly, such as paths in unusual letter case. */
export const handler = httpHandler(() => ({ ...app(), callbackPolicy, converter }), useCases);
