import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../cli/command.ts';
import { readCommandLine } from '../../../cli/command-line.ts';
import { commands } from '../../../cli/commands.ts';
import { authenticate } from '../../../shared/core/usecases/accounts/authenticate.ts';
import { enrolRelay } from '../../../shared/core/usecases/relays/enrol-relay.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';
import { company, key, openWorld, otherKey, relayId, type World } from '../world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** Carries out a command with the stores of a small world in place of a deployed stack's. */
/** What an installation in AWS has beside its ports. */
const deployed = { backupDays: 35, eraseCompany: async () => ({ jobs: 3, documents: 2 }) };

async function answer(line: string, { ports } = world): Promise<Answer> {
  const asked = readCommandLine(commands, [...line.split(' '), '--env', 'test']);
  if ('help' in asked) throw new Error(asked.help);
  return await asked.command.run({ ...ports, ...deployed }, asked.given);
}

const platen = async (line: string, at = world) => (await answer(line, at)).lines;

describe('admin commands', () => {
  it('lead from nothing to an invitation for a relay', async () => {
    await platen('admin company create --company north --name North');
    const [key = ''] = await platen('admin key create --company north --scope print --scope admin --days 30');
    await platen('admin location create --company north --location dock');
    const [code = ''] = await platen('admin enrol-code --company north --location dock');

    expect(await authenticate(world.ports, key)).toEqual({
      keyId: expect.any(String),
      keyName: expect.any(String),
      companyId: 'north',
      scopes: ['print', 'admin'],
    });
    expect(code).toMatch(/^[0-9a-f]{32}$/);
  });

  it('invite a standby, which lists name beside the active relay', async () => {
    const invite = `admin enrol-code --company ${company} --location office --standby --take-over-after`;
    await expect(platen(`${invite} 1`)).rejects.toThrow('a whole number of seconds from 5 to 86400');
    const [code = ''] = await platen(`${invite} 90`);
    const { relayId: standby } = await enrolRelay(world.ports, { code, csr: 'a request' });

    const relays = await platen(`admin relay list --company ${company}`);
    const locations = await answer(`admin location list --company ${company}`);

    expect(relays).toEqual([`${relayId}  office  active  offline`, `${standby}  office  standby  offline`]);
    expect(locations.lines[0]).toMatch(/, standby offline$/);
    expect(locations.json).toMatchObject({ locations: [{ standby: { relayId: standby, online: false } }] });
    expect(await world.ports.registry.getLocation(company, 'office')).toMatchObject({ takeOverSeconds: 90 });
  });

  it('set what a company may spend, and lift the limit again', async () => {
    await platen('admin company create --company north');

    expect(await platen('admin credits show --company north')).toEqual(['Company north has no limit.']);
    expect(await platen('admin credits set --company north --remaining 25')).toEqual(['Company north has 25 credits.']);
    expect(await platen('admin credits set --company north --remaining unlimited')).toEqual([
      'Company north has no limit.',
    ]);
    await expect(platen('admin credits set --company north --remaining 1.5')).rejects.toThrow(UsageError);
  });

  it('show keys by the beginnings of their digests, and never whole', async () => {
    await platen('admin company create --company north');
    const [key = ''] = await platen('admin key create --company north --name till');

    const [line = ''] = await platen('admin key list --company north');

    expect(line).toMatch(/^[0-9a-f]{12} {2}till {2}print {2}since \d{4}-\d\d-\d\d for good, not used yet$/);
    expect(line).not.toContain(key);
  });

  it('delete the one key that is meant', async () => {
    await platen('admin company create --company north');
    const [key = ''] = await platen('admin key create --company north --name one');
    await platen('admin key create --company north --name two');
    const [line = ''] = (await platen('admin key list --company north')).filter(text => text.includes('one'));

    await platen(`admin key delete --company north --digest ${line.slice(0, 12)}`);

    expect(await platen('admin key list --company north')).toHaveLength(1);
    await expect(authenticate(world.ports, key)).rejects.toThrow('The key is not known.');
  });

  it('let no key of an inactive company in', async () => {
    await platen('admin company create --company north');
    const [key = ''] = await platen('admin key create --company north');

    await platen('admin company deactivate --company north');

    await expect(authenticate(world.ports, key)).rejects.toThrow('The company is inactive.');
    expect(await platen('admin company show --company north')).toEqual(['north  north  inactive']);
  });

  it('set what a company may spend', async () => {
    const before = await platen('admin company credits --company acme');

    await platen('admin company credits --company acme --remaining 500');

    expect(before).toEqual(['Company acme has no limit.']);
    expect(await platen('admin company credits --company acme')).toEqual(['Company acme has 500 credits left.']);
  });

  it('activate a printer that a relay announced', async () => {
    await platen('admin printer deactivate --company acme --printer office:laser');

    const [line] = await platen('admin printer activate --company acme --printer office:laser');

    expect(line).toBe('office:laser accepts jobs.');
  });

  it('move a company: its keys stay good, its relays are left behind', async () => {
    await platen('admin company create --company north');
    const [key = ''] = await platen('admin key create --company north');
    await platen('admin location create --company north --location dock');
    const file = join(await mkdtemp(join(tmpdir(), 'platen-move-')), 'north.json');
    await platen(`admin company export --company north --file ${file}`);
    const other = await openWorld();

    const [line] = await platen(`admin company import --file ${file}`, other);
    await platen(`admin company import --file ${file}`, other);

    expect(line).toMatch('Company north is imported.');
    expect(await authenticate(other.ports, key)).toEqual({
      keyId: expect.any(String),
      keyName: expect.any(String),
      companyId: 'north',
      scopes: ['print'],
    });
    expect(await platen('admin location list --company north', other)).toEqual(['dock  dock  offline never seen']);
    await Promise.all([other.close(), rm(dirname(file), { recursive: true })]);
  });

  it('create a company twice with the same words, and not with others', async () => {
    const first = await answer('admin company create --company north --name North');

    expect(await answer('admin company create --company north --name North')).toMatchObject({ json: first.json });
    await expect(platen('admin company create --company north --name South')).rejects.toThrow(UsageError);
  });

  it('set one quota and leave the others', async () => {
    await platen('admin company set --company acme --quota documentOctets=1000 --quota openSessions=2');

    const { json } = await answer('admin company set --company acme --quota openSessions=3');

    expect(json).toMatchObject({
      quota: {
        documentOctets: 1000,
        openSessions: 3,
        octetsInFlight: 32 * 1024 ** 3,
        jobsPerDay: null,
        storedOctets: null,
      },
    });
    await expect(platen('admin company set --company acme --quota pages=1')).rejects.toThrow(/documentOctets/);
    expect(await world.ports.registry.getCompany(company)).toMatchObject({ uploadQuota: { documentOctets: 1000 } });
  });

  it.each(['jobsPerDay', 'storedOctets'])('set the quota %s, which a name does not take away', async name => {
    await platen(`admin company set --company acme --quota ${name}=7`);
    await platen('admin company set --company acme --name Acme');

    expect((await answer('admin company show --company acme')).json).toMatchObject({ quota: { [name]: 7 } });
    expect(await world.ports.registry.getCompany(company)).toMatchObject({ [name]: 7 });
  });

  it('rotate a key: the new one has the same scopes, the former is refused', async () => {
    const [former = ''] = await platen('admin key create --company acme --name till --scope print --scope admin');
    const [line = ''] = (await platen('admin key list --company acme')).filter(text => text.includes('till'));

    const { json } = await answer(`admin key rotate --company acme --digest ${line.slice(0, 12)}`);

    const { key } = json as { key: string };
    expect(await authenticate(world.ports, key)).toMatchObject({ companyId: 'acme', scopes: ['print', 'admin'] });
    await expect(authenticate(world.ports, former)).rejects.toThrow('The key is not known.');
  });

  it('make a printer before its relay registers it', async () => {
    await platen('admin location create --company acme --location dock');

    await platen('admin printer create --company acme --printer dock:label --name Labels');
    const { json } = await answer('admin printer activate --company acme --printer dock:label');

    expect(json).toMatchObject({ printer: 'dock:label', name: 'Labels', active: true, state: 'unknown' });
    await platen('admin printer delete --company acme --printer dock:label');
    expect(await answer('admin printer list --company acme')).not.toMatchObject({
      json: { printers: expect.arrayContaining([expect.objectContaining({ printer: 'dock:label' })]) },
    });
  });

  it('revoke a relay: its location has none until another enrols', async () => {
    const before = await answer('admin relay list --company acme');

    await platen(`admin relay revoke --company acme --relay ${relayId}`);

    expect(before.json).toMatchObject({ relays: [{ relay: relayId, location: 'office' }] });
    expect((await answer('admin relay list --company acme')).json).toEqual({ relays: [] });
    expect(await world.ports.registry.getRelay(relayId)).toMatchObject({ revoked: true });
    expect(world.revoked).toEqual([relayId]);
    await expect(platen(`admin relay revoke --company rival --relay ${relayId}`)).rejects.toThrow(/Unknown relay/);
  });

  it('delete a location with its printers and its relay', async () => {
    await platen('admin location delete --company acme --location office');

    expect(await platen('admin location list --company acme')).toEqual(['Company acme has no locations.']);
    expect(await world.ports.registry.listPrinters(company)).toEqual([]);
    expect(world.revoked).toEqual([relayId]);
  });

  it('erase a company after a confirmation, and no other company', async () => {
    await expect(platen('admin company erase --company acme')).rejects.toThrow('--confirm acme');

    expect(await platen('admin company erase --company acme --confirm acme')).toEqual([
      expect.stringContaining('3 jobs and all documents'),
      'Backups of the tables remember it until 2026-02-06.',
    ]);

    const { json } = await answer('admin company list');
    expect(json).toMatchObject({ companies: [{ companyId: 'rival' }] });
    await expect(authenticate(world.ports, key)).rejects.toThrow('The key is not known.');
    expect(await authenticate(world.ports, otherKey)).toMatchObject({ companyId: 'rival' });
  });

  it.each([
    'admin company import --file /nowhere.json',
    'admin key create --company unknown',
    'admin key delete --company acme --digest ffffffffffff',
    'admin company create --company acme --name Other',
    'admin company set --company acme --quota documentOctets=many',
    'admin company create --company a:b',
    'admin printer activate --company acme --printer office:nothing',
    'admin key create --company acme --days soon',
    'admin company credits --company acme --remaining many',
    'admin company credits --company acme --remaining -1',
    'admin credits set --company acme --remaining=',
    'admin enrol-code --company acme --location office --standby --take-over-after soon',
  ])('refuse in words: %s', async line => {
    await expect(platen(line)).rejects.toThrow(UsageError);
  });
});
