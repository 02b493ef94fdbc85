import type { Presence } from '../../../protocol/relay-message-schema.ts';
import { record } from '../../../telemetry/metrics.ts';
import type { Relay } from '../../domain/company.ts';
import type { Location } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

/** Records for its location whether a relay is online. */
export async function updatePresence(ports: Pick<Ports, 'registry'>, relay: Relay, presence: Presence): Promise<void> {
  let wasOnline = false;
  const outcome = await saveWith(
    () => ports.registry.getLocation(relay.companyId, relay.locationId),
    location => {
      const isTheirs = location.relayId === relay.relayId;
      if (!isNews(location, presence) || !isTheirs) return undefined;
      const online = presence.type === 'connected';
      wasOnline = location.online;
      const wasAway = online && !location.online && location.lastSeenAt !== undefined;
      const absence = wasAway ? { from: location.lastSeenAt as number, until: presence.at } : location.absence;
      const seen = { online, lastSeenAt: presence.at, presenceVersion: presence.version };
      return { ...location, ...seen, ...(absence ? { absence } : {}) };
    },
    location => ports.registry.saveLocation(location),
  );
  if (!outcome?.changed || outcome.now.online === wasOnline) return;
  record(outcome.now.online ? 'relaysConnected' : 'relaysDisconnected');
}

/** AWS IoT restarts the count for a relay that was offline for about an hour [AWS IoT lifecycle events, versionNumber]. */
const countRestartsMilliseconds = 30 * 60_000;

function isNews({ online, lastSeenAt = 0, presenceVersion }: Location, { type, at, version }: Presence): boolean {
  if (version > presenceVersion) return true;
  if (type === 'disconnected') return version === presenceVersion;
  return !online && at - lastSeenAt >= countRestartsMilliseconds;
}
