import { app } from '#app';
import { queueHandler } from '../shared/queue-handler.ts';
import { handleRelayEvent } from '../shared/usecases/relay-events.ts';

export const handler = queueHandler(app, handleRelayEvent);
