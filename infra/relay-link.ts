import { ArnFormat, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { RelayId } from '../shared/core/domain/ids.ts';
import { downTopic, ingestTopic, upTopic } from '../shared/protocol/relay-protocol.ts';
import type { Environment } from './environments.ts';

interface RelayLinkProps {
  name: string;
  environment: Environment;
  events: Queue;
}

const sqlVersion = '2016-03-23';

/**
 * A broker's `versionNumber` begins again at 0 for a client that was away for about an hour, and its clock is good to
 * two minutes [AWS IoT Core, "Connect/Disconnect events"]. The start of a span of 50 minutes, plus the number, rises in
 * both cases. A client would need three million connections in an hour to upset this.
 */
const spanMilliseconds = 50 * 60 * 1000;

const upRule = `SELECT *, topic(3) AS relayId, timestamp() AS receivedAt FROM '${upTopic('+' as RelayId)}'`;
const presenceRule = [
  'SELECT eventType AS type, clientId AS relayId, timestamp AS at,',
  `timestamp - (timestamp % ${spanMilliseconds}) + versionNumber AS version`,
  "FROM '$aws/events/presence/+/+'",
].join(' ');

/** How relays are heard: what they may do, and what becomes of what they say and of their coming and going. */
export class RelayLink extends Construct {
  /** the name that relays' certificates are tied to */
  readonly policyName: string;
  /** the name of the rule that takes what they say; a part of the topic that they publish to */
  readonly upRuleName: string;
  /** messages that could not be put into the queue */
  readonly ruleErrors: LogGroup;
  readonly metricNamespace: string;

  constructor(scope: Construct, { name, environment, events }: RelayLinkProps) {
    super(scope, 'RelayLink');
    this.policyName = `platen-${name}-relay`;
    this.metricNamespace = `Platen/${name}`;
    this.upRuleName = `platen_${name}_up`;
    this.#policy();
    this.ruleErrors = new LogGroup(this, 'rule-errors', {
      logGroupName: `/platen/${name}/topic-rules`,
      retention: environment.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.#role(events);
    const toQueue: CfnTopicRule.ActionProperty = {
      sqs: { queueUrl: events.queueUrl, roleArn: role.roleArn, useBase64: false },
    };
    // counts who comes and who goes: what is lost and does not come back is alarming
    const toMetric: CfnTopicRule.ActionProperty = {
      cloudwatchMetric: {
        metricNamespace: this.metricNamespace,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution template of AWS IoT
        metricName: 'relays-${eventType}',
        metricUnit: 'Count',
        metricValue: '1',
        roleArn: role.roleArn,
      },
    };
    this.#rule(this.upRuleName, 'What relays say', upRule, [toQueue], role);
    this.#rule(`platen_${name}_presence`, 'Relays come and go', presenceRule, [toQueue, toMetric], role);
  }

  presenceMetrics(period: Duration): Record<'connected' | 'disconnected', Metric> {
    const count = (event: string) =>
      new Metric({ namespace: this.metricNamespace, metricName: `relays-${event}`, statistic: 'Sum', period });
    return { connected: count('connected'), disconnected: count('disconnected') };
  }

  /** A connection may be and speak for the thing that its certificate is attached to, and nothing else. */
  #policy(): void {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable of AWS IoT
    const self = '${iot:Connection.Thing.ThingName}' as RelayId;
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'iot', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    const allow = (action: string, resource: string) =>
      new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources: [resource] });
    const connect = allow('iot:Connect', arn('client', self));
    connect.addCondition('Bool', { 'iot:Connection.Thing.IsAttached': 'true' });
    const policyDocument = new PolicyDocument({
      statements: [
        connect,
        allow('iot:Publish', arn('topic', ingestTopic(this.upRuleName, self))),
        // relays that were enrolled before there was the one above
        allow('iot:Publish', arn('topic', upTopic(self))),
        allow('iot:Subscribe', arn('topicfilter', downTopic(self))),
        allow('iot:Receive', arn('topic', downTopic(self))),
      ],
    });
    const policy = new CfnPolicy(this, 'policy', { policyName: this.policyName, policyDocument });
    // certificates hang on it by its name: a replacement would leave every relay outside
    policy.overrideLogicalId('RelayPolicy');
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }

  #role(events: Queue): Role {
    const role = new Role(this, 'role', { assumedBy: new ServicePrincipal('iot.amazonaws.com') });
    const metrics = new PolicyStatement({ actions: ['cloudwatch:PutMetricData'], resources: ['*'] });
    metrics.addCondition('StringEquals', { 'cloudwatch:namespace': this.metricNamespace });
    const logs = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      resources: [this.ruleErrors.logGroupArn],
    });
    const queue = new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [events.queueArn] });
    for (const statement of [queue, metrics, logs]) role.addToPolicy(statement);
    return role;
  }

  #rule(ruleName: string, description: string, sql: string, actions: CfnTopicRule.ActionProperty[], role: Role): void {
    const rule = new CfnTopicRule(this, ruleName, {
      ruleName,
      topicRulePayload: {
        description,
        sql,
        awsIotSqlVersion: sqlVersion,
        actions,
        errorAction: { cloudwatchLogs: { logGroupName: this.ruleErrors.logGroupName, roleArn: role.roleArn } },
      },
    });
    // a role without its policy lets nothing through, and the first messages would be lost
    rule.node.addDependency(role);
  }
}
