import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printAPage } from '../canary/print-a-page.ts';
import { embeddedMetrics } from '../shared/adapters/aws/metrics.ts';
import { scheduleHandler } from '../shared/handlers/schedule.ts';
import { canarySettings, metricNamespace } from '../shared/protocol/config.ts';
import { record, useMetrics } from '../shared/telemetry/metrics.ts';

/** A page that takes longer has failed; Lambda gives a minute. */
const milliseconds = 50_000;

/** Prints a page. Only in AWS, in environments that have a canary. */
export const handler = scheduleHandler(async () => {
  useMetrics(embeddedMetrics(metricNamespace(), Date.now));
  const settings = { ...canarySettings(), folder: join(tmpdir(), 'platen-canary') };
  record('canaryTime', await printAPage(settings, AbortSignal.timeout(milliseconds)));
});
