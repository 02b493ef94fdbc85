import { expect, it } from 'vitest';
import { prometheusMetrics } from '../../../server/metrics.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import type { Location } from '../../../shared/core/domain/printer.ts';
import { enrolled } from '../../../shared/core/domain/standby.ts';
import { company, connectRelay, openWorld, relayId, startedAt } from '../world.ts';

it('metrics name the active relay of each location and its standby', async () => {
  const { ports, close } = await openWorld();
  const { registry } = ports;
  const standby = 'e'.repeat(32) as RelayId;
  await registry.putRelay({ relayId: standby, companyId: company, locationId: 'office', createdAt: 0, revoked: false });
  const location = (await registry.getLocation(company, 'office')) as Location;
  await registry.saveLocation(enrolled(location, { relayId: standby, standby: true }, startedAt).location);
  await connectRelay(ports);
  const metrics = prometheusMetrics({ queue: { depths: () => [] }, registry });

  const lines = (await metrics.text()).split('\n').filter(line => line.startsWith('platen_relay_'));

  const labels = (relay: RelayId, role: string) => `{company="acme",location="office",relay="${relay}",role="${role}"}`;
  expect(lines).toContain(`platen_relay_online${labels(relayId, 'active')} 1`);
  expect(lines).toContain(`platen_relay_online${labels(standby, 'standby')} 0`);
  expect(lines).toContain(`platen_relay_role_since_seconds${labels(standby, 'standby')} ${startedAt / 1000}`);
  await close();
});
