import { app } from '#app';
import { converter } from '#converter';
import { prepareJobs } from '../shared/core/usecases/documents/prepare-jobs.ts';
import { queueHandler } from '../shared/handlers/queue.ts';

export const handler = queueHandler(() => ({ ...app(), converter }), prepareJobs);
