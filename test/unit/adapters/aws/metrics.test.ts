import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../../shared/adapters/aws/metrics.ts';

describe('metrics in a function’s log', () => {
  it('are one line per event, in CloudWatch’s embedded format', () => {
    const lines: string[] = [];
    const sink = embeddedMetrics(
      'Platen/prod',
      () => 1700,
      line => lines.push(line),
    );

    sink.record('jobsAccepted', 1);
    sink.record('jobsAccepted', 1);
    sink.record('acceptedToGranted', 42);
    sink.flush();
    sink.flush();

    expect(lines.map(line => JSON.parse(line))).toEqual([
      {
        _aws: {
          Timestamp: 1700,
          CloudWatchMetrics: [
            {
              Namespace: 'Platen/prod',
              Dimensions: [[]],
              Metrics: [
                { Name: 'jobsAccepted', Unit: 'Count' },
                { Name: 'acceptedToGranted', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
        jobsAccepted: [1, 1],
        acceptedToGranted: [42],
      },
    ]);
  });

  it('never hold more than a hundred values', () => {
    const lines: string[] = [];
    const sink = embeddedMetrics(
      'Platen/prod',
      () => 0,
      line => lines.push(line),
    );

    for (let count = 0; count < 250; count++) sink.record('acceptedToGranted', count);
    sink.flush();

    expect(lines.map(line => JSON.parse(line).acceptedToGranted.length)).toEqual([100, 100, 50]);
  });
});
