import { app } from '#app';
import { followEvents } from '../shared/core/usecases/events/follow-events.ts';
import { readEvents } from '../shared/core/usecases/events/read-events.ts';
import { openEventStream } from '../shared/core/usecases/events/stream-ticket.ts';
import { shareJob, viewSharedJob } from '../shared/core/usecases/jobs/share-job.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, { followEvents, openEventStream, readEvents, shareJob, viewSharedJob });
