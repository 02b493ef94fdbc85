import { constants, existsSync, statSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, resolve } from 'node:path';

/*
 * Watches what this process writes by `node:fs/promises`, and says what a power cut would leave: octets that were synced,
 * and names whose folder was synced after they were made. Killed processes cannot show this: the page cache survives.
 */

const writes = ['write', 'writev', 'writeFile', 'appendFile', 'truncate'] as const;
const syncs = ['sync', 'datasync'] as const;

export interface DiskWatch {
  /** Whether the file would be there after a power cut, with all that was written to it. */
  isDurable(path: string): boolean;
  stop(): void;
}

export async function watchDisk(): Promise<DiskWatch> {
  const unsyncedOctets = new Set<string>();
  const unsyncedNames = new Set<string>();
  const pathOf = new WeakMap<FileHandle, string>();
  const isSyncedByWriting = new WeakSet<FileHandle>();
  const { open, rename } = fs;
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  // biome-ignore lint/suspicious/noExplicitAny: whatever methods a handle has
  const own: Record<string, any> = Object.fromEntries([...writes, ...syncs].map(name => [name, prototype[name]]));

  for (const name of writes) {
    prototype[name] = function (this: FileHandle, ...values: unknown[]) {
      const path = pathOf.get(this);
      if (path && !isSyncedByWriting.has(this)) unsyncedOctets.add(path);
      return own[name].apply(this, values);
    };
  }
  for (const name of syncs) {
    prototype[name] = async function (this: FileHandle) {
      await own[name].call(this);
      const path = pathOf.get(this);
      if (!path) return;
      unsyncedOctets.delete(path);
      for (const each of [...unsyncedNames]) if (dirname(each) === path) unsyncedNames.delete(each);
    };
  }
  fs.open = async (...values: Parameters<typeof open>) => {
    const path = resolve(String(values[0]));
    const isNew = !existsSync(path);
    const opened = await open(...values);
    pathOf.set(opened, path);
    if (isNew) unsyncedNames.add(path);
    if (typeof values[1] === 'number' && values[1] & constants.O_DSYNC) isSyncedByWriting.add(opened);
    return opened;
  };
  fs.rename = async (from, to) => {
    await rename(from, to);
    const [before, after] = [resolve(String(from)), resolve(String(to))];
    unsyncedNames.delete(before);
    unsyncedNames.add(after);
    if (unsyncedOctets.delete(before)) unsyncedOctets.add(after);
    else unsyncedOctets.delete(after);
  };
  syncBuiltinESMExports();

  return {
    isDurable(path) {
      const absolute = resolve(path);
      const isFile = existsSync(absolute) && statSync(absolute).isFile();
      return isFile && !unsyncedOctets.has(absolute) && !unsyncedNames.has(absolute);
    },
    stop() {
      Object.assign(prototype, own);
      Object.assign(fs, { open, rename });
      syncBuiltinESMExports();
    },
  };
}
