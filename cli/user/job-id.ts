import type { PlatenClient } from '../../client/index.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Given, type Operand, only } from '../command.ts';

const idCharacters = 32;
/** How many of the newest jobs are searched for the beginning of an id. */
const searchedJobs = 500;

export const jobOperand: Operand = { name: 'job', about: 'its id, or enough of its beginning' };

/** The id of a job: a list on a terminal shows only its beginning. */
export async function jobIdIn(client: PlatenClient, given: Given): Promise<string> {
  const text = only(given, 'job');
  if (text.length >= idCharacters) return text;
  const found: string[] = [];
  let searched = 0;
  for await (const { id } of client.jobs()) {
    if (id.startsWith(text)) found.push(id);
    if (++searched === searchedJobs) break;
  }
  if (found.length > 1) throw new UsageError(`Several jobs begin with ${text}: ${found.slice(0, 5).join(', ')}.`);
  return found[0] ?? text;
}
