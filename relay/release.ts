import { version } from '../shared/protocol/version.ts';
import { log } from '../shared/telemetry/log.ts';
import { writeDurably } from './durable.ts';
import { readIfThere } from './settings.ts';

/*
 * The installed launcher (`packaging/relay/platen-relay`) starts the release before when a new one does not come up. A
 * release has come up once it was connected to the cloud: from then on its name is in the file `good-version`. Until
 * then the launcher counts its starts, and gives each a time; a release that runs without a connection for that long ends.
 */

/** Notes that this release has come up. */
export async function noteGoodVersion(path: string): Promise<void> {
  if ((await readIfThere(path))?.trim() !== version) await writeDurably(path, `${version}\n`);
}

/** Ends the process unless the function that is answered is called in time. */
export function endUnlessUp(seconds: number): () => void {
  const timer = setTimeout(() => {
    log.error('release-did-not-come-up', { seconds });
    process.exit(1);
  }, seconds * 1000);
  timer.unref();
  return () => clearTimeout(timer);
}
