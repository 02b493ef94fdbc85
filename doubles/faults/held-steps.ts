import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Relay } from '../../relay/relay.ts';
import { until } from '../machine.ts';

/*
 * Holds a relay between permission and the first octet of a document, before it journals the step. A process is held by
 * `--import` of this file; it and the scene talk by files in the folder `HELD_STEPS`.
 */

const pollMilliseconds = 5;
const files = { asked: 'asked', held: 'held', free: 'free' };

const folder = process.env.HELD_STEPS;
if (folder) hold(folder);

function hold(at: string): void {
  const { save } = Relay.prototype;
  const isThere = (name: string) => existsSync(join(at, name));
  Relay.prototype.save = async function (job) {
    const isFirst = job.step?.step === 'created' && isThere(files.asked) && !isThere(files.held);
    if (isFirst) {
      writeFileSync(join(at, files.held), '');
      while (!isThere(files.free)) await sleep(pollMilliseconds);
    }
    return await save.call(this, job);
  };
}

/** Does the work while a relay is held before its next first octet. */
export async function whileHeld<T>(at: string, work: () => Promise<T>): Promise<T> {
  writeFileSync(join(at, files.asked), '');
  await until(() => existsSync(join(at, files.held)));
  const done = await work();
  writeFileSync(join(at, files.free), '');
  return done;
}
