import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Creates the folder and locks it for this process. The lock is an open transaction on a database of its own: the
 * operating system releases it when the process ends, so a lock never becomes stale.
 */
export function lockDataFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new Error(
      `The data folder ${folder} is in use by another Platen process. Stop that process, or choose another folder.`,
      { cause: error },
    );
  }
  return {
    release() {
      if (lock.isOpen) lock.close();
    },
  };
}

/** A secret of this data folder: created once, readable by the owner only. */
export function secretIn(folder: string, fileName: 'storage.secret' | 'keyring.secret'): Buffer {
  const path = join(folder, fileName);
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secret = randomBytes(32);
  const file = openSync(`${path}.new`, 'w', 0o600);
  writeSync(file, secret);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
  return secret;
}
