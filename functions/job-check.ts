import { app } from '#app';
import { describeCredits } from '../shared/core/usecases/accounts/describe-credits.ts';
import { checkJob } from '../shared/core/usecases/jobs/check-job.ts';
import { listJobs } from '../shared/core/usecases/jobs/list-jobs.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, { checkJob, describeCredits, listJobs });
