import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { checkJob } from '../shared/usecases/check-job.ts';
import { describeCredits } from '../shared/usecases/describe-credits.ts';
import { listJobs } from '../shared/usecases/list-jobs.ts';

export const handler = httpHandler(app, { checkJob, describeCredits, listJobs });
