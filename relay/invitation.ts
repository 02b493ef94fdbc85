import { once } from 'node:events';
import type { Options } from './options.ts';

/**
 * The server that runs this relay as its child gives it a one-time code when it asks, over the channel between the two:
 * any user of the machine can read the arguments of a process. Undefined for a relay that has no such server.
 */
export async function invitationFromServer(): Promise<Options['enrol']> {
  if (!process.send) return undefined;
  const answer = once(process, 'message');
  process.send('invite');
  const [invitation] = await answer;
  return invitation as Options['enrol'];
}
