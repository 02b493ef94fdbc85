import type { Broker } from '../shared/adapters/embedded/mqtt/broker.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { listAllRelays } from '../shared/core/usecases/relays/remove-places.ts';
import { log } from '../shared/telemetry/log.ts';

/** A relay that is still there has connected again by then, unless the server was away for long. */
const reconnectMilliseconds = 60_000;

/**
 * A server that is killed does not record that its connections end. Relays that are not back after a minute are recorded as
 * disconnected: their standby takes over, and what they hold is not waited for. Returns a function that ends the wait.
 */
export function watchLostConnections(ports: Pick<Ports, 'registry'>, broker: Pick<Broker, 'reportLost'>): () => void {
  const report = async () => {
    const relays = await listAllRelays(ports);
    const online = relays.filter(({ connection }) => connection.online);
    await broker.reportLost(online.map(({ relay }) => relay.relayId));
  };
  const timer = setTimeout(() => {
    report().catch(error => log.error('lost-connections-not-reported', { error }));
  }, reconnectMilliseconds);
  return () => clearTimeout(timer);
}
