import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type IFilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { keepaliveSeconds } from '../shared/protocol/relay-protocol.ts';
import { type FunctionName, type QueueName, queues as queueRows } from '../shared/protocol/service-table.ts';
import type { Api } from './api.ts';
import type { Canary } from './canary.ts';
import type { Environment } from './environments.ts';
import type { Functions } from './functions.ts';
import { grantsOf } from './grants.ts';
import type { Queues } from './queues.ts';
import type { RelayLink } from './relay-link.ts';

export interface Watched {
  name: string;
  environment: Environment;
  dataKey?: Key;
  api: Api;
  functions: Functions;
  queues: Queues;
  relayLink: RelayLink;
  canary?: Canary;
}

/** Above this age a user at a printer notices the delay; rendering may take minutes. */
const oldestSeconds: Record<QueueName, number> = {
  prepare: 600,
  offer: 120,
  'relay-events': 120,
  presence: 300,
  notify: 600,
};

/** Of errors, per cent: documents that do not fit into `render` end it, and are made by `render-large`. */
const errorsAtMost: Partial<Record<FunctionName, number>> = { render: 20 };

/** Fewer than these within five minutes are retried, and nothing that a person has to see. */
const fewAtMost = 5;

const minutes = (count: number) => Duration.minutes(count);

/** Functions without rights change no job and receive no message, and process content that may write to their log. */
const logsOf = ({ logGroups }: Functions) =>
  (Object.entries(logGroups) as [FunctionName, LogGroup][]).filter(([name]) => grantsOf(name).length > 0);

/** Changes of relays' presence, as the function that records them counts them. */
export function presenceMetrics(namespace: string, period: Duration) {
  const count = (metricName: string) => new Metric({ namespace, metricName, statistic: 'Sum', period });
  return { relaysConnected: count('relaysConnected'), relaysDisconnected: count('relaysDisconnected') };
}

/**
 * AWS IoT does not say how many clients are connected, but each one pings as often as its keep-alive demands unless it
 * sends something else. Counts all MQTT clients of the account [AWS IoT Core, message broker metrics].
 */
const pingsOf = (period: Duration) =>
  new Metric({
    namespace: 'AWS/IoT',
    metricName: 'Ping.Success',
    dimensionsMap: { Protocol: 'MQTT' },
    statistic: 'Sum',
    period,
  });

/** All alarms. Each one names the section of docs/runbook.md that says what to do. */
export class Alarms extends Construct {
  readonly all = new Map<string, Alarm>();
  readonly #topic: Topic;
  readonly #namespace: string;

  constructor(scope: Construct, watched: Watched) {
    super(scope, 'Alarms');
    this.#namespace = watched.relayLink.metricNamespace;
    this.#topic = this.#makeTopic(watched.dataKey);
    const { alarmAddress } = watched.environment;
    if (alarmAddress) this.#topic.addSubscription(new EmailSubscription(alarmAddress));
    this.#watchQueues(watched);
    this.#watchFunctions(watched);
    this.#watchJobs(watched);
    this.#watchApi(watched);
    this.#watchRelays(watched);
    this.#watchEvents(watched);
    if (watched.canary) this.#watchCanary(watched.canary);
  }

  /** A custom topic policy replaces the default one that admits CloudWatch alarms. */
  #makeTopic(masterKey: Key | undefined): Topic {
    const topic = new Topic(this, 'topic', { enforceSSL: true, masterKey });
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions: ofThisAccount }));
    return topic;
  }

  #watchQueues({ queues }: Watched): void {
    for (const name of Object.keys(queueRows) as QueueName[]) {
      this.#alarm(`${name}-dead-letters`, 'dead-letters', `Messages in the dead-letter queue of ${name}.`, {
        metric: queues.deadLetters[name].metricApproximateNumberOfMessagesVisible({ period: minutes(1) }),
        threshold: 0,
      });
      this.#alarm(`${name}-age`, 'age-of-oldest-message', `The queue ${name} is backing up.`, {
        metric: queues.byName[name].metricApproximateAgeOfOldestMessage({ period: minutes(1) }),
        threshold: oldestSeconds[name],
        evaluationPeriods: 3,
      });
    }
  }

  #watchFunctions({ functions }: Watched): void {
    for (const [name, lambda] of Object.entries(functions.byName) as [FunctionName, Lambda][]) {
      this.#alarmOnShare(`${name}-errors`, 'function-errors', `The function ${name} fails or times out.`, {
        bad: lambda.metricErrors({ period: minutes(5) }),
        all: lambda.metricInvocations({ period: minutes(5) }),
        percentAtMost: errorsAtMost[name],
      });
      this.#alarmOnShare(
        `${name}-throttles`,
        'throttles',
        `The function ${name} is throttled by its concurrency limit.`,
        {
          bad: lambda.metricThrottles({ period: minutes(5) }),
          all: lambda.metricInvocations({ period: minutes(5) }),
        },
      );
    }
    this.#alarm('sweep-stopped', 'sweep-stopped', 'The sweep does not run: nothing expires or is retried.', {
      metric: functions.byName.sweep.metricInvocations({ period: minutes(5) }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
    this.#alarm('documents-behind', 'documents-behind', 'Documents are kept six hours longer than they should be.', {
      metric: new Metric({
        namespace: this.#namespace,
        metricName: 'documentsBehind',
        statistic: 'Minimum',
        period: minutes(15),
      }),
      threshold: minutes(6 * 60).toMilliseconds(),
    });
    const logs = logsOf(functions);
    this.#alarm('failed-messages', 'failed-messages', 'Messages fail and are retried.', {
      metric: this.#eventsLogged('message-failed', logs),
      threshold: 4,
    });
    this.#alarm('poison-messages', 'poison-messages', 'Unparseable messages received.', {
      metric: this.#eventsLogged('poison-message', logs),
      threshold: 0,
    });
  }

  #watchJobs({ environment, functions }: Watched): void {
    const aborted = FilterPattern.all(
      FilterPattern.stringValue('$.event', '=', 'job-ended'),
      FilterPattern.stringValue('$.state', '=', 'aborted'),
    );
    const logs = logsOf(functions);
    this.#alarm('failed-jobs', 'failed-jobs', 'More jobs than usual are aborted.', {
      metric: this.#counted('jobs-aborted', aborted, logs, minutes(15)),
      threshold: environment.jobsAbortedAtMost,
    });
  }

  #watchApi({ api }: Watched): void {
    const all = api.httpApi.metricCount({ period: minutes(5), statistic: 'Sum' });
    this.#alarmOnShare('server-errors', 'server-errors', 'The API returns 5xx errors.', {
      bad: api.httpApi.metricServerError({ period: minutes(5), statistic: 'Sum' }),
      all,
    });
    const refusals = new MetricFilter(this, 'refusals', {
      logGroup: api.accessLog,
      // a key above its rate is refused by the function, which then has a status
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.status', '=', '429'),
        FilterPattern.stringValue('$.functionStatus', '=', '-'),
      ),
      metricNamespace: this.#namespace,
      metricName: 'requests-refused',
    });
    const bad = refusals.metric({ period: minutes(5), statistic: 'Sum' });
    this.#alarmOnShare('requests-refused', 'throttles', 'API Gateway rejects requests with 429.', { bad, all });
  }

  #watchRelays({ environment, relayLink }: Watched): void {
    const { percent, atLeast } = environment.relaysLost;
    const period = minutes(15);
    const { relaysConnected: come, relaysDisconnected: gone } = presenceMetrics(this.#namespace, period);
    const lost = '(FILL(gone, 0) - FILL(come, 0))';
    const connected = `FILL(pings, 0) / ${period.toSeconds() / keepaliveSeconds}`;
    this.#alarm('relays-offline', 'relays-offline', `${percent} % of the relays disconnected within 15 minutes.`, {
      metric: new MathExpression({
        expression: `IF(${lost} >= ${atLeast}, 100 * ${lost} / (${connected} + ${lost}), 0)`,
        usingMetrics: { gone, come, pings: pingsOf(period) },
        period,
        label: 'per cent of the relays that disconnected and did not reconnect',
      }),
      threshold: percent,
    });
    const failures = new MetricFilter(this, 'rule-errors', {
      logGroup: relayLink.ruleErrors,
      filterPattern: FilterPattern.allEvents(),
      metricNamespace: this.#namespace,
      metricName: 'rule-failures',
    });
    this.#alarm('rule-failures', 'rule-failures', 'Relay messages do not reach the queue.', {
      metric: failures.metric({ period: minutes(5), statistic: 'Sum' }),
      threshold: 0,
    });
  }

  /** More than a share, by default a hundredth, is bad, and not just a few, in two of three periods. */
  #alarmOnShare(
    id: string,
    section: string,
    meaning: string,
    { percentAtMost = 1, ...usingMetrics }: { bad: IMetric; all: IMetric; percentAtMost?: number },
  ): void {
    const metric = new MathExpression({
      expression: `IF(bad >= ${fewAtMost}, 100 * bad / (bad + all), 0)`,
      usingMetrics,
      period: minutes(5),
      label: 'per cent',
    });
    this.#alarm(id, section, meaning, { metric, threshold: percentAtMost, evaluationPeriods: 3, datapointsToAlarm: 2 });
  }

  #watchEvents({ functions }: Watched): void {
    this.#alarm('events-late', 'events-late', 'Events are written more than a minute after their changes.', {
      metric: functions.byName.events.metric('IteratorAge', { period: minutes(1), statistic: 'Maximum' }),
      threshold: 60_000,
      evaluationPeriods: 3,
    });
  }

  /** Three of five minutes, so that a page lost in a deployment is no alarm. */
  #watchCanary({ pages, slowMilliseconds }: Canary): void {
    const often = { evaluationPeriods: 5, datapointsToAlarm: 3 };
    this.#alarm('canary-lost', 'canary', 'The page of the canary does not come out.', {
      ...often,
      metric: pages.with({ statistic: 'SampleCount' }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
    const meaning = `The page of the canary takes longer than ${slowMilliseconds / 1000} seconds.`;
    this.#alarm('canary-slow', 'canary', meaning, { ...often, metric: pages, threshold: slowMilliseconds });
  }

  /** Occurrences of a log event, summed over functions. */
  #eventsLogged(event: string, logs: [name: string, logGroup: LogGroup][]): IMetric {
    return this.#counted(event, FilterPattern.stringValue('$.event', '=', event), logs, minutes(5));
  }

  #counted(
    metricName: string,
    filterPattern: IFilterPattern,
    logs: [name: string, logGroup: LogGroup][],
    period: Duration,
  ): IMetric {
    const metricNamespace = this.#namespace;
    for (const [name, logGroup] of logs) {
      new MetricFilter(this, `${metricName}-${name}`, { logGroup, filterPattern, metricNamespace, metricName });
    }
    return new Metric({ namespace: metricNamespace, metricName, statistic: 'Sum', period });
  }

  #alarm(
    id: string,
    section: string,
    meaning: string,
    props: Omit<AlarmProps, 'evaluationPeriods'> & Partial<AlarmProps>,
  ) {
    const alarm = new Alarm(this, id, {
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${meaning} What to do: docs/runbook.md#${section}`,
      ...props,
    });
    alarm.addAlarmAction(new SnsAction(this.#topic));
    alarm.addOkAction(new SnsAction(this.#topic));
    this.all.set(id, alarm);
  }
}
