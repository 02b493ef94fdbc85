import { type MetricName, type MetricSink, metricUnits } from '../../telemetry/metrics.ts';

/** CloudWatch takes at most 100 values of a metric in one document [CloudWatch, Embedded metric format]. */
const valuesAtMost = 100;

/**
 * Writes metrics in CloudWatch's embedded metric format: a JSON line in the function's log, from which CloudWatch
 * extracts metrics without an API call. One line for each handled event that has metrics.
 */
export function embeddedMetrics(
  namespace: string,
  now: () => number,
  write = (line: string): void => {
    process.stdout.write(`${line}\n`);
  },
): MetricSink {
  const values = new Map<MetricName, number[]>();
  const flush = () => {
    if (values.size === 0) return;
    const metrics = [...values.keys()].map(name => ({ Name: name, Unit: metricUnits[name] }));
    const definition = { Namespace: namespace, Dimensions: [[]], Metrics: metrics };
    write(
      JSON.stringify({ _aws: { Timestamp: now(), CloudWatchMetrics: [definition] }, ...Object.fromEntries(values) }),
    );
    values.clear();
  };
  return {
    record(name, value) {
      const known = values.get(name) ?? [];
      values.set(name, known);
      known.push(value);
      if (known.length >= valuesAtMost) flush();
    },
    flush,
  };
}
