import { once } from 'node:events';
import type { RunOptions } from './command-line.ts';

/**
 * Gets a one-time code from the server that runs this relay as its child, over the channel between the two processes:
 * any user of the machine can read the arguments of a process. Undefined for a relay without such a server.
 */
export async function invitationFromServer(): Promise<RunOptions['enrol']> {
  if (!process.send) return undefined;
  const answer = once(process, 'message');
  process.send('invite');
  const [invitation] = await answer;
  return invitation as RunOptions['enrol'];
}
