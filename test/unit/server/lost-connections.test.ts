import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchLostConnections } from '../../../server/lost-connections.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import type { Location } from '../../../shared/core/domain/printer.ts';
import { enrolled } from '../../../shared/core/domain/standby.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { company, connectRelay, openWorld, relayId, startedAt, type World } from '../world.ts';

const standby = 'e'.repeat(32) as RelayId;

let world: World;
let reported: RelayId[][];
const broker = { reportLost: async (relays: Iterable<RelayId>) => void reported.push([...relays]) };
beforeEach(async () => {
  world = await openWorld();
  reported = [];
  const { registry } = world.ports;
  await registry.putRelay({ relayId: standby, companyId: company, locationId: 'office', createdAt: 0, revoked: false });
  const location = (await registry.getLocation(company, 'office')) as Location;
  await registry.saveLocation(enrolled(location, { relayId: standby, standby: true }, startedAt).location);
  await connectRelay(world.ports);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await world.close();
});

const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

it('relays that were online when the server was killed are looked for a minute after its start', async () => {
  watchLostConnections(world.ports, broker);

  vi.advanceTimersByTime(59_999);
  await turns();
  const before = [...reported];
  vi.advanceTimersByTime(1);
  await turns();

  expect([before, reported]).toEqual([[], [[relayId]]]);
});

it('nothing is reported by a server that has stopped', async () => {
  watchLostConnections(world.ports, broker)();

  vi.advanceTimersByTime(60_000);
  await turns();

  expect([reported, vi.getTimerCount()]).toEqual([[], 0]);
});

it('a failure is logged', async () => {
  const lines: string[] = [];
  const undo = configureLog({ format: 'json', write: line => void lines.push(JSON.parse(line).event) });
  const reportLost = () => Promise.reject(new Error('The queue is full.'));
  watchLostConnections(world.ports, { reportLost });

  vi.advanceTimersByTime(60_000);
  await turns();

  undo();
  expect(lines).toEqual(['lost-connections-not-reported']);
});
