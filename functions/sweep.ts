import { app } from '#app';
import { sweep } from '../shared/core/usecases/upkeep/sweep.ts';

const roundsAtMost = 20;

/** Runs by the clock. A backlog is worked off a few rounds at a time, the rest at the next call. */
export async function handler(): Promise<void> {
  for (let round = 0; round < roundsAtMost && (await sweep(app())) > 0; round++);
}
