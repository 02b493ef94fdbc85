import type { Ports } from '../../core/ports/index.ts';
import { metricNamespace, readConfig } from '../../protocol/config.ts';
import { useMetrics } from '../../telemetry/metrics.ts';
import { embeddedMetrics } from './metrics.ts';
import { openAws } from './open-aws.ts';

let current: Ports | undefined;

/** The AWS adapters, created once per execution environment. */
export function app(): Ports {
  if (!current) {
    current = openAws(readConfig());
    useMetrics(embeddedMetrics(metricNamespace(), Date.now));
  }
  return current;
}
