import { once } from 'node:events';
import type { InvitationRequest } from '../shared/protocol/relay-protocol.ts';
import type { RunOptions } from './command-line.ts';

const repeatMilliseconds = 10_000;

/**
 * Gets a one-time code from the server that runs this relay as its child, over the channel between the two processes:
 * any user of the machine can read the arguments of a process. Undefined for a relay without such a server.
 */
export async function invitationFromServer(request: InvitationRequest): Promise<RunOptions['enrol']> {
  if (!process.send) return undefined;
  const answer = once(process, 'message');
  process.send(request);
  const asking = setInterval(() => process.send?.(request), repeatMilliseconds);
  const [invitation] = await answer;
  clearInterval(asking);
  return invitation as RunOptions['enrol'];
}
