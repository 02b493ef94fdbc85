import { app } from '#app';
import { queueHandler } from '../shared/queue-handler.ts';
import { offerJobs } from '../shared/usecases/offer-jobs.ts';

export const handler = queueHandler(app, offerJobs);
