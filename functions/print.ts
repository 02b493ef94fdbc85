import { app } from '#app';
import { callbackPolicy } from '../shared/adapters/web/callback-policy.ts';
import * as useCases from '../shared/core/usecases/index.ts';
import { httpHandler } from '../shared/handlers/http.ts';
import { noConverter } from '../shared/handlers/no-converter.ts';

/** Accepts jobs, and every request that no narrower route matches, such as paths in unusual letter case. */
export const handler = httpHandler(() => ({ ...app(), callbackPolicy, converter: noConverter }), useCases);
