import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { EnrolAnswer } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import { writeDurably } from './durable.ts';
import type { Login } from './ipp-client/authorization.ts';

/** The identity of an enrolled relay. */
export type Identity = EnrolAnswer;

/** Paths in the data folder. It holds keys and documents, so only its user may read it. */
export interface DataFolder {
  readonly lock: string;
  readonly key: string;
  readonly request: string;
  readonly identity: string;
  readonly config: string;
  readonly journal: string;
  readonly spool: string;
  readonly goodVersion: string;
  readonly pins: string;
}

export interface Config {
  /** where the relay enrolled; files of 0.1.0 hold none */
  server?: string;
  /** address by device id */
  printers: Record<string, string>;
  /** by device id; files of 0.1.0 hold none */
  logins: Record<string, Login>;
}

/** The folder, made if it is not there. */
export async function findDataFolder(folder: string): Promise<DataFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    lock: join(folder, 'lock'),
    key: join(folder, 'relay.key'),
    request: join(folder, 'relay.csr'),
    identity: join(folder, 'identity.json'),
    config: join(folder, 'config.json'),
    journal: join(folder, 'journal'),
    spool: join(folder, 'spool'),
    goodVersion: join(folder, 'good-version'),
    pins: join(folder, 'printer-certificates.json'),
  };
}

/**
 * Takes the folder for this process alone, until the process ends, in whatever way: SQLite's is the one file lock that
 * Node has on every system.
 */
export function lockDataFolder({ lock: path }: DataFolder): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new Error('Another relay is running on this data folder.', { cause });
  }
  held.push(database);
}

// a database that is collected lets go of its lock
const held: DatabaseSync[] = [];

export async function readIdentity({ identity }: DataFolder): Promise<Identity | undefined> {
  const advice = 'Restore it from a backup, or remove it and enrol the relay again.';
  return (await readJson(identity, advice)) as Identity | undefined;
}

/** Undefined when there is no such file. Throws with the file's name. */
async function readJson(path: string, advice: string): Promise<unknown> {
  const text = await readIfThere(path);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new Error(`The file ${path} is damaged. ${advice}`, { cause });
  }
}

/** Merges the stored configuration with this start's options, and stores the result for the next start. */
export async function keepConfig(folder: DataFolder, named: Config): Promise<Config> {
  const before = await readConfig(folder);
  const now: Config = {
    ...before,
    ...(named.server ? { server: new URL(named.server).origin } : {}),
    printers: { ...before.printers, ...named.printers },
    logins: { ...before.logins, ...named.logins },
  };
  if (isDeepStrictEqual(now, before)) return now;
  // printers that are named at each start need no file: a full disk must not keep the relay from starting
  await writeConfig(folder, now).catch(error => log.error('configuration-not-kept', { error }));
  return now;
}

export async function readConfig({ config }: DataFolder): Promise<Config> {
  const advice = 'Restore it from a backup, or remove it and add the printers again with "platen-relay printers add".';
  return { printers: {}, logins: {}, ...((await readJson(config, advice)) as Partial<Config> | undefined) };
}

export async function writeConfig({ config }: DataFolder, now: Config): Promise<void> {
  await writeDurably(config, `${JSON.stringify(now, undefined, 2)}\n`);
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
