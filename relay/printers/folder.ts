import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseFolderUri } from '../../shared/core/domain/device-address.ts';
import type { Ticket } from '../../shared/protocol/relay-protocol.ts';
import { folderFileName } from './folder-file-name.ts';
import {
  deviceJobName,
  type OutputDevice,
  type PrintOutcome,
  type PrintRequest,
  type RecoverRequest,
} from './output-device.ts';

/**
 * A folder as a printer: what is printed is a file that appears there whole. It is written beside its place under a
 * hidden name and renamed, with the file and the folder on disk before and after. Because the folder is synced before
 * the rename is begun, one of the two names is there after any crash: the hidden one when the rename has not been,
 * the final one when it has. Neither is there when the file was taken away.
 */
export function openFolderDevice(deviceId: string, uri: string): OutputDevice {
  const folder = parseFolderUri(uri);
  return {
    deviceId,
    uri,
    async describe() {
      const device = { deviceId, scheme: 'folder', attributes: { 'printer-info': folder } };
      const isWritable = await isFolder(folder);
      return isWritable
        ? { ...device, state: 'idle', stateReasons: [] }
        : { ...device, state: 'unknown', stateReasons: ['offline'] };
    },
    print: request => printInto(folder, request),
    recover: request => recoverFrom(folder, request),
  };
}

async function isFolder(folder: string): Promise<boolean> {
  const isWritable = access(folder, constants.W_OK | constants.X_OK).then(() => lstat(join(folder, '.')));
  return isWritable.then(
    found => found.isDirectory(),
    () => false,
  );
}

interface Places {
  hidden: string;
  final: string;
}

function placesOf(folder: string, ticket: Ticket): Places {
  const name = folderFileName(ticket);
  return { hidden: join(folder, `.${name}.part`), final: join(folder, name) };
}

async function printInto(
  folder: string,
  { ticket, path, step, progress, signal }: PrintRequest,
): Promise<PrintOutcome> {
  const jobName = deviceJobName(ticket);
  const { hidden, final } = placesOf(folder, ticket);
  if (signal.aborted) return { kind: 'canceled', message: 'canceled before the file was written' };
  await step({ step: 'submitting', jobName });
  progress({ state: 'processing', reasons: ['job-printing'] });
  try {
    await write(path, hidden, signal);
    await syncFolder(folder);
  } catch (error) {
    await rm(hidden, { force: true }).catch(() => undefined);
    if (signal.aborted) return { kind: 'canceled', message: 'canceled while the file was being written' };
    return { kind: 'retry', reasons: ['offline'], message: `the folder cannot be written: ${messageOf(error)}` };
  }

  await step({ step: 'created', jobName });
  try {
    await rename(hidden, final);
  } catch (error) {
    await rm(hidden, { force: true }).catch(() => undefined);
    return { kind: 'retry', reasons: ['offline'], message: `the file cannot be put in place: ${messageOf(error)}` };
  }
  const unsynced = await syncFolder(folder).catch(messageOf);
  // once in place it may be taken at any moment, so that to write it again could be to print it twice
  if (unsynced) return { kind: 'unconfirmed', message: `the file is in place, perhaps not for good: ${unsynced}` };
  await step({ step: 'sent', jobName });
  return { kind: 'completed' };
}

/** Made anew each time: a link under this name must not lead the document elsewhere. */
async function write(path: string, hidden: string, signal: AbortSignal): Promise<void> {
  await rm(hidden, { force: true });
  const target = await open(hidden, 'wx');
  try {
    await target.writeFile(createReadStream(path), { signal });
    await target.sync();
  } finally {
    await target.close();
  }
}

/** Some network file systems know no such thing as a folder on disk; what they have then is what there is. */
async function syncFolder(folder: string): Promise<void> {
  const unknownHere = ['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EBADF'];
  const handle = await open(folder);
  try {
    await handle.sync();
  } catch (error) {
    if (!unknownHere.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

async function recoverFrom(
  folder: string,
  { ticket, step }: RecoverRequest,
): Promise<PrintOutcome | { kind: 'not-sent' }> {
  if (step.step === 'sent') return { kind: 'completed' };
  const { hidden, final } = placesOf(folder, ticket);
  try {
    await lstat(join(folder, '.')); // without the folder, the absence of a file says nothing
    const isUnnamed = step.step === 'submitting' || (await isThere(hidden));
    await rm(hidden, { force: true });
    // one in place although it was not named is of a process on a copy of the relay's folder, or of an earlier attempt
    const isInPlace = (!isUnnamed || ticket.attempt === 1) && (await isDocument(final, ticket));
    if (isInPlace) {
      await syncFolder(folder);
      return { kind: 'completed' };
    }
    if (isUnnamed) return { kind: 'not-sent' };
    return { kind: 'unconfirmed', message: 'the file was put in place, and is not there or not the same any more' };
  } catch (error) {
    return { kind: 'retry', reasons: ['offline'], message: `the folder cannot be read: ${messageOf(error)}` };
  }
}

async function isThere(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found !== undefined;
}

async function isDocument(path: string, ticket: Ticket): Promise<boolean> {
  if (!(await isThere(path))) return false;
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex') === ticket.sha256;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
