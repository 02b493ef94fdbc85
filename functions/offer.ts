import { app } from '#app';
import { offerJobs } from '../shared/core/usecases/relays/offer-jobs.ts';
import { queueHandler } from '../shared/handlers/queue.ts';

export const handler = queueHandler(app, offerJobs);
