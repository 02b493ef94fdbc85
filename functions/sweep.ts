import { app } from '#app';
import { sweep } from '../shared/core/usecases/upkeep/sweep.ts';
import { scheduleHandler } from '../shared/handlers/schedule.ts';

export const handler = scheduleHandler(async () => {
  await sweep(app());
});
