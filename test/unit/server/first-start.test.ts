import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { companyId, ensureRegistry, locationId } from '../../../server/first-start.ts';
import { authenticate } from '../../../shared/core/usecases/accounts/authenticate.ts';
import { createKey } from '../../../shared/core/usecases/accounts/manage-keys.ts';
import { openWorld, startedAt, type World } from '../world.ts';

const principal = { companyId, scopes: [] };
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const printers = async () =>
  (await world.ports.registry.listPrinters(companyId, locationId)).map(({ deviceId, active }) => [deviceId, active]);

describe('the first start', () => {
  it('makes a company, a location, a key for everything, and active printers', async () => {
    const { ports } = world;
    await ensureRegistry(ports, 'the key', ['folder', 'laser']);

    expect(await ports.registry.getCompany(companyId)).toMatchObject({ name: 'Platen', active: true });
    expect(await ports.registry.getLocation(companyId, locationId)).toMatchObject({ name: 'Office' });
    expect(await printers()).toEqual([
      ['folder', true],
      ['laser', true],
    ]);
    expect(await authenticate(ports, 'the key')).toMatchObject({ companyId, scopes: ['print', 'admin'] });
    expect(await ports.registry.listKeys(companyId)).toMatchObject([
      { name: 'first key', createdAt: startedAt, keptIn: 'server.json' },
    ]);
  });
});

describe('a later start', () => {
  beforeEach(() => ensureRegistry(world.ports, 'the key', ['folder']));

  it('leaves what a person changed, and adds new printers', async () => {
    const { registry } = world.ports;
    const company = await registry.getCompany(companyId);
    const location = await registry.getLocation(companyId, locationId);
    const printer = await registry.getPrinter(companyId, { locationId, deviceId: 'folder' });
    if (!company || !location || !printer) throw new Error('The first start has made them.');
    await registry.saveCompany({ ...company, name: 'Acme', jobsPerDay: 7 });
    await registry.saveLocation({ ...location, name: 'Depot' });
    await registry.savePrinter({ ...printer, active: false });
    world.wait(1000);

    await ensureRegistry(world.ports, 'the key', ['folder', 'laser']);

    expect(await registry.getCompany(companyId)).toMatchObject({ name: 'Acme', jobsPerDay: 7 });
    expect(await registry.getLocation(companyId, locationId)).toMatchObject({ name: 'Depot' });
    expect(await printers()).toEqual([
      ['folder', false],
      ['laser', true],
    ]);
    expect(await registry.listKeys(companyId)).toMatchObject([{ createdAt: startedAt }]);
  });

  it('with another key in the settings file ends the former one, and no key that was made by hand', async () => {
    const { ports } = world;
    const byHand = await createKey(ports, principal, { name: 'shop', scopes: ['print'] });

    await ensureRegistry(ports, 'another key', ['folder']);

    await expect(authenticate(ports, 'the key')).rejects.toThrow('not known');
    expect(await authenticate(ports, 'another key')).toMatchObject({ scopes: ['print', 'admin'] });
    expect(await authenticate(ports, byHand.secret)).toMatchObject({ keyName: 'shop' });
  });

  it('notes of a key of release 0.1.0 that it is kept in the settings file, and since when it is there', async () => {
    const { registry } = world.ports;
    const [key] = await registry.listKeys(companyId);
    if (!key) throw new Error('The first start has made it.');
    await registry.putKey({ ...key, createdAt: 5, keptIn: undefined });

    await ensureRegistry(world.ports, 'the key', []);

    expect(await registry.listKeys(companyId)).toMatchObject([{ createdAt: 5, keptIn: 'server.json' }]);
  });
});
