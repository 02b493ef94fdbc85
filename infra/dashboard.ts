import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type Alarms, presenceMetrics, type Watched } from './alarms.ts';

const third = { width: 8, height: 6 };

/** One page that shows whether printing works, from the request to the relay. */
export function makeDashboard(
  scope: Construct,
  { name, api, functions, queues, relayLink, canary }: Watched,
  alarms: Alarms,
) {
  const graph = (title: string, ...left: IMetric[]): IWidget => new GraphWidget({ title, left, ...third });
  const lambdas = Object.values(functions.byName);
  const rows: IWidget[][] = [
    [new TextWidget({ markdown: `# Platen ${name}\nWhat to do: docs/runbook.md`, width: 24, height: 2 })],
    [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.all.values()], width: 24, height: 5 })],
    [
      graph('Requests', api.httpApi.metricCount()),
      graph('Client and server errors', api.httpApi.metricClientError(), api.httpApi.metricServerError()),
      graph('Latency, 99th percentile', api.httpApi.metricLatency({ statistic: 'p99' })),
    ],
    [
      graph('Waiting', ...Object.values(queues.byName).map(queue => queue.metricApproximateNumberOfMessagesVisible())),
      graph(
        'Age of the oldest message',
        ...Object.values(queues.byName).map(queue => queue.metricApproximateAgeOfOldestMessage()),
      ),
      graph(
        'Dead letters',
        ...Object.values(queues.deadLetters).map(queue => queue.metricApproximateNumberOfMessagesVisible()),
      ),
    ],
    [
      graph('Errors', ...lambdas.map(lambda => lambda.metricErrors())),
      graph('Duration, 99th percentile', ...lambdas.map(lambda => lambda.metricDuration({ statistic: 'p99' }))),
      graph('Relays', ...Object.values(presenceMetrics(relayLink.metricNamespace, Duration.minutes(15)))),
    ],
  ];
  if (canary) rows.push([graph('Pages of the canary, milliseconds', canary.pages)]);
  return new Dashboard(scope, 'Dashboard', { dashboardName: `platen-${name}`, widgets: rows });
}
