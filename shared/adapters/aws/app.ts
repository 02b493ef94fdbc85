import type { Ports } from '../../core/ports/index.ts';
import { readConfig } from '../../protocol/config.ts';
import { useMetrics } from '../../telemetry/metrics.ts';
import { embeddedMetrics } from './metrics.ts';
import { openAws } from './open-aws.ts';

let current: Ports | undefined;

/** The AWS adapters, created once per execution environment. */
export function app(): Ports {
  if (!current) {
    const config = readConfig();
    current = openAws(config);
    useMetrics(embeddedMetrics(config.metricNamespace, Date.now));
  }
  return current;
}
