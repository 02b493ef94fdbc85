import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EmbeddedQueue } from '../shared/adapters/embedded/queue/queue.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { listAllRelays } from '../shared/core/usecases/relays/remove-places.ts';
import { type MetricName, type MetricSink, metricUnits } from '../shared/telemetry/metrics.ts';

/** From a raw printer on the local network to a relay that was away for a day; seconds, as Prometheus wants them. */
const secondsBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60, 600, 3600, 86_400];

/** Metrics of one machine, as Prometheus reads them at `/metrics`. */
export interface PrometheusMetrics extends MetricSink {
  contentType: string;
  text(): Promise<string>;
}

interface MetricSources {
  queue: Pick<EmbeddedQueue, 'depths'>;
  registry: Ports['registry'];
}

export function prometheusMetrics({ queue, registry: places }: MetricSources): PrometheusMetrics {
  const registry = new Registry();
  const names = Object.keys(metricUnits) as MetricName[];
  const observers = Object.fromEntries(names.map(name => [name, observerOf(name, registry)]));
  const registers = [registry];
  const waiting = new Gauge({
    name: 'platen_queue_messages',
    help: 'Messages that wait.',
    labelNames: ['queue'],
    registers,
  });
  const oldest = new Gauge({
    name: 'platen_queue_oldest_message_seconds',
    help: 'Age of the oldest message that waits.',
    labelNames: ['queue'],
    registers,
  });
  const dead = new Gauge({ name: 'platen_dead_letters', help: 'Dead letters.', labelNames: ['queue'], registers });
  const showRelays = makeRelayGauges(registers);
  return {
    record: (name, value) => observers[name]?.(value),
    flush() {},
    contentType: registry.contentType,
    async text() {
      for (const depth of queue.depths()) {
        waiting.set({ queue: depth.queue }, depth.messages);
        oldest.set({ queue: depth.queue }, depth.oldestSeconds);
        dead.set({ queue: depth.queue }, depth.deadLetters);
      }
      await showRelays(places);
      return await registry.metrics();
    },
  };
}

/** The relays of all locations: which one is active, since when, and whether it is online. */
function makeRelayGauges(registers: Registry[]) {
  const labelNames = ['company', 'location', 'relay', 'role'];
  const online = new Gauge({
    name: 'platen_relay_online',
    help: '1: the relay is connected. Its role is "active" or "standby".',
    labelNames,
    registers,
  });
  const since = new Gauge({
    name: 'platen_relay_role_since_seconds',
    help: 'When the relay got its role, in seconds since 1970.',
    labelNames,
    registers,
  });
  return async (places: Ports['registry']): Promise<void> => {
    const relays = await listAllRelays({ registry: places });
    for (const gauge of [online, since]) gauge.reset();
    for (const { relay, role, connection, since: at } of relays) {
      const labels = { company: relay.companyId, location: relay.locationId, relay: relay.relayId, role };
      online.set(labels, connection.online ? 1 : 0);
      if (at !== undefined) since.set(labels, at / 1000);
    }
  };
}

/** `jobsAccepted` becomes `platen_jobs_accepted_total`, `acceptedToGranted` the histogram `platen_accepted_to_granted_seconds`. */
function observerOf(name: MetricName, registry: Registry): (value: number) => void {
  const snake = `platen_${name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}`;
  const help = `Platen's metric ${name}.`;
  const registers = [registry];
  if (metricUnits[name] === 'Count') {
    const counter = new Counter({ name: `${snake}_total`, help, registers });
    return value => counter.inc(value);
  }
  const histogram = new Histogram({ name: `${snake}_seconds`, help, buckets: secondsBuckets, registers });
  return value => histogram.observe(value / 1000);
}
