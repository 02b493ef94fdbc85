import { randomUUID } from 'node:crypto';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useApp } from '../../../shared/adapters/embedded/app.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import type { Presence } from '../../../shared/protocol/relay-message-schema.ts';
import { type MetricName, useMetrics } from '../../../shared/telemetry/metrics.ts';
import { company, openWorld, relayId, startedAt, type World } from '../world.ts';

const { handler } = await import('../../../functions/relay-events.ts');

let world: World;
let saves: number;
let counted: MetricName[];

beforeEach(async () => {
  world = await openWorld();
  saves = 0;
  counted = [];
  const { registry } = world.ports;
  const saveLocation: typeof registry.saveLocation = location => {
    saves++;
    return registry.saveLocation(location);
  };
  useApp({ ...world.ports, registry: { ...registry, saveLocation } });
  useMetrics({ record: name => counted.push(name), flush() {} });
});
afterEach(async () => {
  useMetrics(undefined);
  await world.close();
});

const isOnline = async () => (await world.ports.registry.getLocation(company, 'office'))?.online;

async function deliver(...events: (Presence & { relayId: RelayId })[]): Promise<SQSBatchResponse> {
  const Records = events.map(event => ({ messageId: randomUUID(), body: JSON.stringify(event) }) as SQSRecord);
  return (await handler({ Records }, {} as Context)) as SQSBatchResponse;
}

const connected = (version: number, at = startedAt) => ({ type: 'connected' as const, relayId, version, at });
const disconnected = (version: number, at = startedAt) => ({ type: 'disconnected' as const, relayId, version, at });

describe('a batch of presence events', () => {
  it('costs a write for a relay that came and went many times, in any order', async () => {
    const all = [7, 8, 9].flatMap(version => [connected(version), disconnected(version)]);

    expect(await deliver(connected(10), ...all.toReversed())).toEqual({ batchItemFailures: [] });

    expect(await isOnline()).toBe(true);
    expect(saves).toBe(1);
  });

  it('leaves a relay offline whose last connection ended', async () => {
    await deliver(connected(1));

    await deliver(disconnected(2), connected(2));

    expect(await isOnline()).toBe(false);
  });

  it('keeps the beginning of an absence that lasted', async () => {
    await deliver(connected(1));
    const away = startedAt + 10_000;

    await deliver(disconnected(1, away));
    await deliver(connected(2, away + 3_600_000));

    const location = await world.ports.registry.getLocation(company, 'office');
    expect(location?.absence).toEqual({ from: away, until: away + 3_600_000 });
  });

  it('handles both events of a relay that was away for an hour', async () => {
    await deliver(connected(1));
    saves = 0;

    await deliver(disconnected(1, startedAt), connected(2, startedAt + 3_600_000));

    expect(await isOnline()).toBe(true);
    expect(saves).toBeGreaterThanOrEqual(1);
  });

  it('does not bring back a relay by a repeat of its last connection', async () => {
    await deliver(connected(1));
    await deliver(disconnected(1));

    await deliver(connected(1));

    expect(await isOnline()).toBe(false);
  });

  it('is of no account for a location that has another relay by now', async () => {
    const other = 'e'.repeat(32) as RelayId;
    const relay = { relayId: other, companyId: company, locationId: 'office', createdAt: 0, revoked: false };
    await world.ports.registry.putRelay(relay);
    await deliver(connected(1));

    await deliver({ ...disconnected(2), relayId: other });

    expect(await isOnline()).toBe(true);
  });

  it('counts changes, and no repeated event', async () => {
    await deliver(connected(1));
    await deliver(connected(1));
    await deliver(disconnected(1));
    await deliver(disconnected(1));

    expect(counted).toEqual(['relaysConnected', 'relaysDisconnected']);
  });

  it('does not drop either of two relays', async () => {
    const other = { ...connected(9), relayId: 'e'.repeat(32) as RelayId };

    await deliver(connected(1), other);

    expect(await isOnline()).toBe(true);
  });
});
