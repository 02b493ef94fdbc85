import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carryOut } from '../../../cli/command.ts';
import { readCommandLine } from '../../../cli/command-line.ts';
import { commands } from '../../../cli/commands.ts';
import { writeSettings } from '../../../shared/adapters/embedded/machine-settings.ts';
import { openCertificateAuthority } from '../../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import { type Embedded, openEmbedded } from '../../../shared/adapters/embedded/open-embedded.ts';
import { writePrivateFile } from '../../../shared/adapters/embedded/private-file.ts';
import { putFileKey } from '../../../shared/core/domain/document.ts';
import type { CompanyId, RelayId, UploadId } from '../../../shared/core/domain/ids.ts';
import { authenticate, keyDigest } from '../../../shared/core/usecases/accounts/authenticate.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';

const firstKey = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const main = 'main' as CompanyId;

let data: string;
let server: Embedded;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'platen-cli-'));
  server = await openEmbedded({ folder: join(data, 'store'), publicUrl: () => 'http://documents.test' });
  await server.registry.saveCompany({ companyId: main, name: 'Platen', active: true, version: 0 });
  const scopes = ['print' as const, 'admin' as const];
  await server.registry.putKey({
    digest: keyDigest(firstKey),
    companyId: main,
    name: 'first key',
    scopes,
    createdAt: 0,
    keptIn: 'server.json',
  });
  await writeSettings(data, { key: firstKey, mqttPort: 8883 });
  await writePrivateFile(join(data, 'platen.json'), { endpoint: 'http://127.0.0.1:1', key: firstKey });
});
afterEach(async () => {
  await server.close();
  await rm(data, { recursive: true });
});

async function admin(line: string): Promise<Record<string, unknown>> {
  const asked = readCommandLine(commands, ['admin', ...line.split(' '), '--data', data, '--json']);
  if ('help' in asked) throw new Error(asked.help);
  return (await carryOut(asked.command, asked.given)).json as Record<string, unknown>;
}

const savedKey = async (file: string) => JSON.parse(await readFile(join(data, file), 'utf8')).key;

describe('admin on one machine, while its server runs', () => {
  it('makes a company whose keys the server accepts at once, and refuses at once after they are revoked', async () => {
    await admin('company create --company other --name Other');
    const { key, id } = await admin('key create --company other --scope print --scope admin');

    expect(await authenticate(server, key as string)).toEqual({
      keyId: expect.any(String),
      keyName: expect.any(String),
      companyId: 'other',
      scopes: ['print', 'admin'],
    });
    await admin(`key revoke --company other --digest ${id}`);
    await expect(authenticate(server, key as string)).rejects.toThrow('The key is not known.');
  });

  it('rotates the first key in the files too', async () => {
    const digest = keyDigest(firstKey).slice(0, 12);

    const { key } = await admin(`key rotate --company main --digest ${digest}`);

    expect(await savedKey('server.json')).toBe(key);
    expect(await savedKey('platen.json')).toBe(key);
    await expect(authenticate(server, firstKey)).rejects.toThrow('The key is not known.');
  });

  it('does not revoke the first key, which the next start would make again', async () => {
    const revoke = admin(`key revoke --company main --digest ${keyDigest(firstKey).slice(0, 12)}`);

    await expect(revoke).rejects.toThrow(/key rotate/);
    expect(await authenticate(server, firstKey)).toMatchObject({ companyId: 'main' });
  });

  it('disconnects a relay that it revokes', async () => {
    const ca = await openCertificateAuthority(join(data, 'certificates'), []);
    const relayId = 'a'.repeat(32) as RelayId;
    await admin('location create --company main --location lab');
    await server.registry.putRelay({ relayId, companyId: main, locationId: 'lab', createdAt: 0, revoked: false });
    const { promise: disconnected, resolve } = Promise.withResolvers<RelayId>();
    const stop = ca.onRevoked(resolve);

    await admin(`relay revoke --company main --relay ${relayId}`);

    expect(ca.isRevoked(relayId)).toBe(true);
    expect(await disconnected).toBe(relayId);
    stop();
  });

  it('erases a company’s documents, and no other company’s', async () => {
    await admin('company create --company other');
    const large = new Uint8Array(300_000);
    const keys = ['other', 'main'].map(id => [
      `companies/${id}/documents/small`,
      `companies/${id}/documents/large`,
      putFileKey(id as CompanyId, 'file' as UploadId),
    ]);
    for (const [small, ...big] of keys as [string, string, string][]) {
      await server.documents.put(small, new Uint8Array(10));
      for (const key of big) await server.documents.put(key, large);
    }

    await admin('company erase --company other --confirm other');

    const [erased, kept] = await Promise.all(keys.map(of => Promise.all(of.map(key => server.documents.octets(key)))));
    expect(erased).toEqual([undefined, undefined, undefined]);
    expect(kept).toEqual([10, 300_000, 300_000]);
  });

  it.each([
    ['a folder without a server', ['--data', '/nowhere'], /npm start -- --data \/nowhere/],
    ['no place', [], /--data FOLDER/],
    ['two places', ['--data', 'x', '--env', 'y'], /exclude each other/],
  ])('refuses %s in words', async (_what, place, message) => {
    const asked = readCommandLine(commands, ['admin', 'company', 'list', ...place]);
    const run = 'help' in asked ? undefined : carryOut(asked.command, asked.given);

    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toThrow(UsageError);
  });
});
