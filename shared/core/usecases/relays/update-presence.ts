import type { Presence } from '../../../protocol/relay-message-schema.ts';
import { record } from '../../../telemetry/metrics.ts';
import type { Relay } from '../../domain/company.ts';
import type { Connection, Standby } from '../../domain/printer.ts';
import { connectionOf, reconnected, roleOf } from '../../domain/standby.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

/** Records for its location whether a relay is online. */
export async function updatePresence(ports: Pick<Ports, 'registry'>, relay: Relay, presence: Presence): Promise<void> {
  const online = presence.type === 'connected';
  let wasOnline = false;
  const outcome = await saveWith(
    () => ports.registry.getLocation(relay.companyId, relay.locationId),
    location => {
      const before = connectionOf(location, relay.relayId);
      if (!before || !isNews(before, presence)) return undefined;
      wasOnline = before.online;
      const seen = { online, lastSeenAt: presence.at, presenceVersion: presence.version };
      return roleOf(location, relay.relayId) === 'active'
        ? reconnected(location, seen, presence.at)
        : { ...location, standby: { ...(location.standby as Standby), ...seen } };
    },
    location => ports.registry.saveLocation(location),
  );
  if (outcome?.changed && online !== wasOnline) record(online ? 'relaysConnected' : 'relaysDisconnected');
}

/** AWS IoT restarts the count for a relay that was offline for about an hour [AWS IoT lifecycle events, versionNumber]. */
const countRestartsMilliseconds = 30 * 60_000;

function isNews({ online, lastSeenAt = 0, presenceVersion }: Connection, { type, at, version }: Presence): boolean {
  if (version > presenceVersion) return true;
  if (type === 'disconnected') return version === presenceVersion;
  return !online && at - lastSeenAt >= countRestartsMilliseconds;
}
