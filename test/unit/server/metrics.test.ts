import { afterEach, beforeEach, expect, it } from 'vitest';
import { prometheusMetrics } from '../../../server/metrics.ts';
import type { QueueDepth } from '../../../shared/adapters/embedded/queue/queue.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import type { Location } from '../../../shared/core/domain/printer.ts';
import { enrolled } from '../../../shared/core/domain/standby.ts';
import { company, connectRelay, openWorld, relayId, startedAt, type World } from '../world.ts';

const standby = 'e'.repeat(32) as RelayId;
const labels = (relay: RelayId, role: string) => `{company="acme",location="office",relay="${relay}",role="${role}"}`;

let world: World;
let depths: QueueDepth[];
let metrics: ReturnType<typeof prometheusMetrics>;
beforeEach(async () => {
  world = await openWorld();
  depths = [];
  metrics = prometheusMetrics({ queue: { depths: () => depths }, registry: world.ports.registry });
});
afterEach(() => world.close());

const linesOf = async (name: string) => (await metrics.text()).split('\n').filter(line => line.startsWith(name));

it('metrics name the active relay of each location and its standby', async () => {
  const { registry } = world.ports;
  await registry.putRelay({ relayId: standby, companyId: company, locationId: 'office', createdAt: 0, revoked: false });
  const location = (await registry.getLocation(company, 'office')) as Location;
  await registry.saveLocation(enrolled(location, { relayId: standby, standby: true }, startedAt).location);
  await connectRelay(world.ports);

  const lines = await linesOf('platen_relay_');

  expect(lines).toContain(`platen_relay_online${labels(relayId, 'active')} 1`);
  expect(lines).toContain(`platen_relay_online${labels(standby, 'standby')} 0`);
  expect(lines).toContain(`platen_relay_role_since_seconds${labels(standby, 'standby')} ${startedAt / 1000}`);
});

it('metrics forget a relay that a location has no more', async () => {
  const { registry } = world.ports;
  expect(await linesOf('platen_relay_online{')).toEqual([`platen_relay_online${labels(relayId, 'active')} 0`]);
  const location = (await registry.getLocation(company, 'office')) as Location;
  await registry.saveLocation({ ...location, relayId: undefined });

  expect(await linesOf('platen_relay_online{')).toEqual([]);
  expect(await linesOf('platen_relay_role_since_seconds{')).toEqual([]);
});

it('metrics count what happens, and add durations up in seconds', async () => {
  metrics.record('jobsAccepted', 1);
  metrics.record('jobsAccepted', 2);
  metrics.record('acceptedToGranted', 250);
  metrics.record('acceptedToGranted', 90_000);

  expect(await linesOf('platen_jobs_accepted')).toEqual(['platen_jobs_accepted_total 3']);
  expect(await linesOf('platen_jobs_aborted')).toEqual(['platen_jobs_aborted_total 0']);
  const times = await linesOf('platen_accepted_to_granted_seconds');
  expect(times).toContain('platen_accepted_to_granted_seconds_bucket{le="0.1"} 0');
  expect(times).toContain('platen_accepted_to_granted_seconds_bucket{le="0.3"} 1');
  expect(times).toContain('platen_accepted_to_granted_seconds_bucket{le="86400"} 2');
  expect(times.slice(-3)).toEqual([
    'platen_accepted_to_granted_seconds_bucket{le="+Inf"} 2',
    'platen_accepted_to_granted_seconds_sum 90.25',
    'platen_accepted_to_granted_seconds_count 2',
  ]);
});

it('metrics show how full each queue is now', async () => {
  depths = [{ queue: 'prepare', messages: 9, oldestSeconds: 9, deadLetters: 9 }];
  await metrics.text();
  depths = [
    { queue: 'prepare', messages: 3, oldestSeconds: 40, deadLetters: 0 },
    { queue: 'notify', messages: 0, oldestSeconds: 0, deadLetters: 2 },
  ];

  expect(await linesOf('platen_queue_messages')).toEqual([
    'platen_queue_messages{queue="prepare"} 3',
    'platen_queue_messages{queue="notify"} 0',
  ]);
  expect(await linesOf('platen_queue_oldest_message_seconds{queue="prepare"}')).toEqual([
    'platen_queue_oldest_message_seconds{queue="prepare"} 40',
  ]);
  expect(await linesOf('platen_dead_letters{')).toEqual([
    'platen_dead_letters{queue="prepare"} 0',
    'platen_dead_letters{queue="notify"} 2',
  ]);
});

it('metrics are in the format of Prometheus', async () => {
  expect(metrics.contentType).toMatch(/^text\/plain; version=/);
  expect(await metrics.text()).toContain('# TYPE platen_granted_to_completed_seconds histogram');
});
