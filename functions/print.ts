import { app } from '#app';
import { callbackPolicy } from '../shared/adapters/web/callback-policy.ts';
import * as useCases from '../shared/core/usecases/index.ts';
import { httpHandler } from '../shared/handlers/http.ts';

/** Takes in jobs; and whatever no narrower route takes, such as paths in odd letter case. */
export const handler = httpHandler(() => ({ ...app(), callbackPolicy }), useCases);
