import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlatenClient } from '../../../client/index.ts';
import type { Printer } from '../../../shared/core/domain/printer.ts';
import { gatewayLimits } from '../../../shared/protocol/service-table.ts';
import { company, key, openWorld, type World } from '../world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await world.close();
});

async function makePrinters(count: number, media: string[] = []): Promise<string[]> {
  const { registry } = world.ports;
  const known = await registry.getPrinter(company, { locationId: 'office', deviceId: 'asleep' });
  if (!known) throw new Error('The world has this printer.');
  const device = { scheme: 'ipp', state: 'idle' as const, stateReasons: [], attributes: { 'media-supported': media } };
  for (let index = 0; index < count; index++) {
    const deviceId = `p${String(index).padStart(4, '0')}`;
    await registry.savePrinter({ ...known, deviceId, device: { ...device, deviceId }, version: 0 });
  }
  return (await registry.listPrinters(company)).map(({ locationId, deviceId }) => `${locationId}:${deviceId}`).sort();
}

const get = (path: string, query = '') =>
  world.call({ method: 'GET', path: `/platen/v1${path}`, query, headers: { authorization: `Bearer ${key}` } });
const json = async (path: string, query = '') => JSON.parse((await get(path, query)).body ?? '');

/** A client whose requests reach the handlers. */
function client(): { client: PlatenClient; asked: string[] } {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (address: string, init?: RequestInit) => {
    const { pathname, search } = new URL(address);
    asked.push(pathname + search);
    const headers = Object.fromEntries(new Headers(init?.headers));
    const answer = await world.call({ method: init?.method ?? 'GET', path: pathname, query: search.slice(1), headers });
    return new Response(answer.body, { status: answer.statusCode, headers: { 'content-type': 'application/json' } });
  });
  return { client: new PlatenClient({ endpoint: 'https://platen.test', key }), asked };
}

describe('lists of printers and locations', () => {
  it('are whole without a limit, by name', async () => {
    const names = await makePrinters(20);

    const { printers, next } = await json('/printers');

    expect(printers.map(({ printer }: { printer: string }) => printer)).toEqual(names);
    expect(next).toBeUndefined();
  });

  it('have pages that show each record once, also when records come and go between them', async () => {
    const names = await makePrinters(7);
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: { printers: { printer: string }[]; next?: string } = await json(
        '/printers',
        `limit=3${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      expect(page.printers.length).toBeLessThanOrEqual(3);
      seen.push(...page.printers.map(({ printer }) => printer));
      cursor = page.next;
      if (cursor) await world.ports.registry.deletePrinter(company, { locationId: 'office', deviceId: 'asleep' });
    }

    expect(seen).toEqual(names);
    expect((await json('/locations', 'limit=1')).locations).toHaveLength(1);
    expect((await get('/printers', 'limit=0')).statusCode).toBe(400);
    expect((await get('/locations', 'limit=1001')).statusCode).toBe(400);
  });

  it('read one record more than the page has from the store, and no location without a printer in it', async () => {
    const names = await makePrinters(9);
    const { registry } = world.ports;
    for (const locationId of ['aaa', 'zzz']) {
      await world.call({
        method: 'PUT',
        path: `/platen/v1/locations/${locationId}`,
        headers: { authorization: `Bearer ${key}` },
      });
    }
    const read: Record<string, string[]> = {};
    const { printersIn, listLocations } = registry;
    registry.printersIn = async (...given) => {
      const found = await printersIn(...given);
      read.printers = found.map(({ locationId, deviceId }) => `${locationId}:${deviceId}`);
      return found;
    };
    registry.listLocations = async (...given) => {
      const found = await listLocations(...given);
      read.locations = found.map(({ locationId }) => locationId);
      return found;
    };

    await json('/printers', `limit=3&cursor=${names[1]}`);

    expect(read).toEqual({ printers: names.slice(2, 6), locations: ['office'] });
  });

  it('show a location with its printers page by page', async () => {
    const names = await makePrinters(5);
    await world.ports.registry.savePrinter({
      ...((await world.ports.registry.getPrinter(company, { locationId: 'office', deviceId: 'p0000' })) as Printer),
      locationId: 'office2',
      version: 0,
    });

    const first = await json('/locations/office', 'limit=3');
    const second = await json('/locations/office', `limit=100&cursor=${first.next}`);
    const { client: platen } = client();

    const shown = [...first.printers, ...second.printers].map(({ printer }) => printer);
    expect(first).toMatchObject({ location: 'office', name: expect.any(String), next: names[2] });
    expect(second.next).toBeUndefined();
    expect(shown).toEqual(names);
    expect(await platen.location('office')).toEqual({ ...second, printers: [...first.printers, ...second.printers] });
    expect((await json('/locations/office', `cursor=${names.at(-1)}`)).printers).toEqual([]);
    expect((await get('/printers', `cursor=${'a'.repeat(130)}`)).statusCode).toBe(400);
  });

  it('fit into an answer of a function, and the client gets all of them', async () => {
    const media = Array.from({ length: 1500 }, (_, index) => `na_"quoted"-size-${index}_8.5x11in`);
    const names = await makePrinters(120, media);

    const first = await get('/printers');
    const { client: platen, asked } = client();

    expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThan(gatewayLimits.functionPayloadOctets);
    expect(JSON.parse(first.body ?? '').next).toBeDefined();
    expect((await platen.printers()).map(({ printer }) => printer)).toEqual(names);
    expect(asked.length).toBeGreaterThan(1);
    expect((await platen.locations()).map(({ location }) => location)).toEqual(['office']);
  });
});
