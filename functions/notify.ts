import { app } from '#app';
import { describeEnd } from '../shared/http/describe-end.ts';
import { queueHandler } from '../shared/queue-handler.ts';
import { webhooks } from '../shared/render/webhooks.ts';
import { notify } from '../shared/usecases/notify.ts';

export const handler = queueHandler(() => ({ ...app(), webhooks, describeEnd }), notify);
