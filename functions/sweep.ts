import { app } from '#app';
import { sweep } from '../shared/core/usecases/upkeep/sweep.ts';

const roundsAtMost = 20;

/** Runs every minute. Works through a backlog a few rounds at a time; the next call continues. */
export async function handler(): Promise<void> {
  for (let round = 0; round < roundsAtMost && (await sweep(app())) > 0; round++);
}
