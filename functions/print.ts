import { app } from '#app';
import { callbackPolicy } from '../shared/adapters/web/callback-policy.ts';
import * as useCases from '../shared/core/usecases/default-route.ts';
import { httpHandler } from '../shared/handlers/http.ts';

/** Accepts jobs, and requests that match no route exactly, such as paths in unusual letter case. */
export const handler = httpHandler(() => ({ ...app(), callbackPolicy }), useCases);
