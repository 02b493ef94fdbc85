import { app } from '#app';
import { queueHandler } from '../shared/queue-handler.ts';
import { converter } from '../shared/render/converter.ts';
import { prepareJobs } from '../shared/usecases/prepare-jobs.ts';

export const handler = queueHandler(() => ({ ...app(), converter }), prepareJobs);
