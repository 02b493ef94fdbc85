import { app } from '#app';
import { webhooks } from '../shared/adapters/web/webhooks.ts';
import { notify } from '../shared/core/usecases/jobs/notify.ts';
import { describeEnd } from '../shared/handlers/describe-end.ts';
import { queueHandler } from '../shared/handlers/queue.ts';

export const handler = queueHandler(() => ({ ...app(), webhooks, describeEnd }), notify);
