/*
 * Numbers about the service. Who counts names a metric and knows no more; the sink decides where it goes: the embedded
 * metric format in AWS, Prometheus text on one machine, nowhere in tests.
 */

export const metricUnits = {
  jobsAccepted: 'Count',
  jobsGranted: 'Count',
  jobsCompleted: 'Count',
  jobsCanceled: 'Count',
  jobsAborted: 'Count',
  jobsUnconfirmed: 'Count',
  /** from the submission to the relay's acknowledgement */
  acceptedToGranted: 'Milliseconds',
  /** from the relay's acknowledgement to the printer's completion */
  grantedToCompleted: 'Milliseconds',
  /** of a page of the canary, from its submission until the API says that it is printed */
  canaryTime: 'Milliseconds',
  conversionsCompleted: 'Count',
  conversionsFailed: 'Count',
  conversionTime: 'Milliseconds',
  submissionsRefused: 'Count',
  requestsFailed: 'Count',
  requestsUnauthorized: 'Count',
  requestsRateLimited: 'Count',
  relaysConnected: 'Count',
  relaysDisconnected: 'Count',
  /** a standby became the active relay of its location */
  relayTakeOvers: 'Count',
  /** how long documents are kept beyond their time */
  documentsBehind: 'Milliseconds',
  messagesFailed: 'Count',
  deadLetters: 'Count',
} as const satisfies Record<string, 'Count' | 'Milliseconds'>;

export type MetricName = keyof typeof metricUnits;

export interface MetricSink {
  record(name: MetricName, value: number): void;
  /** Called when a function has finished its event. */
  flush(): void;
}

let sink: MetricSink | undefined;

export function useMetrics(next: MetricSink | undefined): void {
  sink = next;
}

/** Counts an occurrence, or records a duration in milliseconds. */
export function record(name: MetricName, value = 1): void {
  sink?.record(name, value);
}

export function flushMetrics(): void {
  sink?.flush();
}
