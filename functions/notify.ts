import { app } from '#app';
import { eventPoster } from '../shared/adapters/web/event-poster.ts';
import { webhooks } from '../shared/adapters/web/webhooks.ts';
import { deliverEvent } from '../shared/core/usecases/events/deliver-event.ts';
import { notify } from '../shared/core/usecases/jobs/notify.ts';
import { describeEnd } from '../shared/handlers/describe-end.ts';
import { queueHandler } from '../shared/handlers/queue.ts';

/** Callbacks of jobs, and events for webhooks. */
export const handler = queueHandler(
  () => ({ ...app(), webhooks, describeEnd, eventPoster }),
  (ports, message: Parameters<typeof notify>[1] | Parameters<typeof deliverEvent>[1]) =>
    'jobId' in message ? notify(ports, message) : deliverEvent(ports, message),
);
