import { app } from '#app';
import { traceJob } from '../shared/core/usecases/jobs/trace-job.ts';
import { viewJob } from '../shared/core/usecases/jobs/view-job.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, { traceJob, viewJob });
