import { app } from '#app';
import { callbackPolicy } from '../shared/adapters/web/callback-policy.ts';
import { convertDocument } from '../shared/core/usecases/documents/convert-document.ts';
import { httpHandler } from '../shared/handlers/http.ts';

/** Requests that may wait for their document: a function of their own, so that they take no concurrency from printing. */
export const handler = httpHandler(() => ({ ...app(), callbackPolicy }), { convertDocument });
