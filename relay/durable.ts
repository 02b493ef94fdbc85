import { constants } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * On Linux one call writes and syncs, which saves a thread switch. Elsewhere (0) the flag does not exist, or does not
 * flush the drive's cache.
 */
export const syncedByWriting = process.platform === 'linux' ? constants.O_DSYNC : 0;

/** Syncs a folder, so that the names of its files are durable too. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; NTFS journals names by itself
  if (process.platform === 'win32') return;
  await using directory = await open(folder, 'r');
  await directory.sync();
}

/** Writes a file atomically and durably, readable by its user only. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  {
    await using file = await open(temporary, 'w', 0o600);
    await file.writeFile(text);
    await file.sync();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
