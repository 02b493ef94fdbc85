import { app } from '#app';
import { getJob } from '../shared/core/usecases/jobs/get-job.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, { getJob });
