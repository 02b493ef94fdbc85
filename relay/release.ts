import { version } from '../shared/protocol/version.ts';
import { writeDurably } from './durable.ts';
import { readIfThere } from './settings.ts';

/*
 * The installed launcher (`packaging/platen-relay`) goes back to the release before when a new one does not come up. A
 * release has come up once it was connected to the cloud: from then on its name is in the file `good-version`.
 */

/** Notes that this release has come up. */
export async function noteGoodVersion(path: string): Promise<void> {
  if ((await readIfThere(path))?.trim() !== version) await writeDurably(path, `${version}\n`);
}
