import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Config,
  findDataFolder,
  keepConfig,
  lockDataFolder,
  readConfig,
  readIdentity,
  readIfThere,
  writeConfig,
} from '../../../relay/settings.ts';
import { temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';

const [desk, lab] = ['ipp://desk', 'ipp://lab'];
const login = { user: 'a', password: 'b' };
const stored: Config = { server: 'https://old.example', printers: { desk }, logins: { desk: login } };
const nothing: Config = { printers: {}, logins: {} };

describe('the data folder', () => {
  it('is made for its user alone, and each file of it has a path of its own', async () => {
    const path = join(await temporaryFolder(), 'a', 'b');

    const folder = await findDataFolder(path);

    expect((await stat(path)).mode & 0o777).toBe(0o700);
    const paths = Object.values(folder);
    expect(paths.every(each => each.startsWith(`${path}/`))).toBe(true);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('is for one process at a time', async () => {
    const folder = await findDataFolder(await temporaryFolder());

    lockDataFolder(folder);

    expect(() => lockDataFolder(folder)).toThrow('Another relay is running on this data folder.');
  });
});

describe('the configuration', () => {
  it('is empty at first, and without what 0.1.0 did not know', async () => {
    const folder = await findDataFolder(await temporaryFolder());
    const first = await readConfig(folder);
    await writeFile(folder.config, JSON.stringify({ printers: { desk } }));

    expect(first).toEqual(nothing);
    expect(await readConfig(folder)).toEqual({ printers: { desk }, logins: {} });
  });

  it.each<[string, Config, Config]>([
    [
      'adds printers and logins',
      { printers: { lab }, logins: { lab: login } },
      { ...stored, printers: { desk, lab }, logins: { desk: login, lab: login } },
    ],
    ['replaces an address', { printers: { desk: lab }, logins: {} }, { ...stored, printers: { desk: lab } }],
    [
      'takes the origin of a server',
      { ...nothing, server: 'https://new.example/x?y=1' },
      { ...stored, server: 'https://new.example' },
    ],
    ['takes nothing away', nothing, stored],
  ])('%s for the next start', async (_name, named, expected) => {
    const folder = await findDataFolder(await temporaryFolder());
    await writeConfig(folder, stored);

    expect(await keepConfig(folder, named)).toEqual(expected);
    expect(await readConfig(folder)).toEqual(expected);
  });

  it('is written only when it has changed', async () => {
    const folder = await findDataFolder(await temporaryFolder());

    await keepConfig(folder, nothing);

    expect(await readIfThere(folder.config)).toBeUndefined();
  });

  it('that cannot be kept is used all the same', async () => {
    const folder = await findDataFolder(await temporaryFolder());
    await mkdir(`${folder.config}.new`);

    expect(await keepConfig(folder, stored)).toEqual(stored);
    expect(await readConfig(folder)).toEqual(nothing);
  });

  it('is readable for people', async () => {
    const folder = await findDataFolder(await temporaryFolder());

    await writeConfig(folder, stored);

    expect(await readFile(folder.config, 'utf8')).toBe(`${JSON.stringify(stored, undefined, 2)}\n`);
    expect(await readdir(join(folder.config, '..'))).toEqual(['config.json']);
  });
});

describe('a file that is damaged', () => {
  it.each([
    ['identity', readIdentity, 'remove it and enrol the relay again'],
    ['config', readConfig, 'printers add'],
  ] as const)('is named with what to do: %s', async (name, read, advice) => {
    const folder = await findDataFolder(await temporaryFolder());
    await writeFile(folder[name], '{"torn');

    await expect(read(folder)).rejects.toThrow(`The file ${folder[name]} is damaged.`);
    await expect(read(folder)).rejects.toThrow(advice);
  });

  it('is not one that is missing, or cannot be read', async () => {
    const folder = await findDataFolder(await temporaryFolder());
    await mkdir(folder.config);

    expect(await readIdentity(folder)).toBeUndefined();
    await expect(readConfig(folder)).rejects.toThrow('EISDIR');
  });
});
