import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { listJobs } from '../shared/usecases/list-jobs.ts';

export const handler = httpHandler(app, { listJobs });
