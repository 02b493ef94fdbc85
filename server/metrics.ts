import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EmbeddedQueue } from '../shared/adapters/embedded/queue/queue.ts';
import { type MetricName, type MetricSink, metricUnits } from '../shared/telemetry/metrics.ts';

/** From a raw printer on the local network to a relay that was away for a day; seconds, as Prometheus wants them. */
const secondsBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60, 600, 3600, 86_400];

/** Metrics of one machine, as Prometheus reads them at `/metrics`. */
export interface PrometheusMetrics extends MetricSink {
  contentType: string;
  text(): Promise<string>;
}

export function prometheusMetrics(queue: Pick<EmbeddedQueue, 'depths'>): PrometheusMetrics {
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
      return await registry.metrics();
    },
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
