import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { getJob } from '../shared/usecases/get-job.ts';

export const handler = httpHandler(app, { getJob });
