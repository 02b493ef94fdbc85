import { app } from '#app';
import { sweep } from '../shared/core/usecases/upkeep/sweep.ts';
import { scheduleHandler } from '../shared/handlers/schedule.ts';

const roundsAtMost = 20;

/** Works through a backlog a few rounds at a time; the next call continues. */
export const handler = scheduleHandler(async () => {
  for (let round = 0; round < roundsAtMost && (await sweep(app())) > 0; round++);
});
