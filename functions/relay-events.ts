import { app } from '#app';
import { handleRelayEvent } from '../shared/core/usecases/jobs/relay-events.ts';
import { queueHandler } from '../shared/handlers/queue.ts';
import { readRelayEvent } from '../shared/protocol/relay-message-schema.ts';
import { superfluousPresence } from '../shared/protocol/superfluous-presence.ts';

/** What relays say, and that they come and go. */
export const handler = queueHandler(app, handleRelayEvent, readRelayEvent, superfluousPresence);
