import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { callbackPolicy } from '../shared/render/callback-policy.ts';
import * as useCases from '../shared/usecases/index.ts';

/** Takes in jobs; and whatever no narrower route takes, such as paths in odd letter case. */
export const handler = httpHandler(() => ({ ...app(), callbackPolicy }), useCases);
