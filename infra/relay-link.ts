import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDomainConfiguration, CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { RelayId } from '../shared/core/domain/ids.ts';
import { upMessageMembers } from '../shared/protocol/relay-message-schema.ts';
import { downTopic, ingestTopic, upTopic } from '../shared/protocol/relay-protocol.ts';
import type { RelayQueue } from '../shared/protocol/service-table.ts';
import { sendingStatement } from './data-key.ts';
import type { Environment } from './environments.ts';
import { RelayIds } from './relay-ids.ts';

interface RelayLinkProps {
  name: string;
  environment: Environment;
  dataKey?: Key;
  queues: Record<RelayQueue, Queue>;
}

const sqlVersion = '2016-03-23';

/**
 * The broker's `versionNumber` restarts at 0 for a client that was away for about an hour, and its clock is accurate to
 * two minutes [AWS IoT Core, "Connect/Disconnect events"]. The start of a 50-minute span plus the number increases in
 * both cases. A client would need three million connections in an hour to break this.
 */
const spanMilliseconds = 50 * 60 * 1000;

/**
 * Names each member of a relay's messages: with `*`, a member `relayId` of the message might replace that of the topic. AWS
 * leaves out members that a message does not have. `origin` marks it as a relay's, so that none passes for one about
 * presence.
 */
const upRule = ({ sqlPattern }: RelayIds) =>
  [
    `SELECT ${upMessageMembers.join(', ')}, topic(3) AS relayId, 'relay' AS origin`,
    `FROM '${upTopic('+' as RelayId)}' WHERE regexp_matches(topic(3), '${sqlPattern}')`,
  ].join(' ');

/** Presence is of all MQTT clients of the account, so the rule selects this environment's relays. */
const presenceRule = ({ sqlPattern }: RelayIds) =>
  [
    'SELECT eventType AS type, clientId AS relayId, timestamp AS at,',
    `timestamp - (timestamp % ${spanMilliseconds}) + versionNumber AS version`,
    `FROM '$aws/events/presence/+/+' WHERE regexp_matches(clientId, '${sqlPattern}')`,
  ].join(' ');

/** How relays connect: their policy, and the rules that forward their messages and presence events. */
export class RelayLink extends Construct {
  /** name of the policy of relay certificates */
  readonly policyName: string;
  /** name of the rule that receives relay messages; part of the topic that relays publish to */
  readonly upRuleName: string;
  /** messages that the rule could not send to the queue */
  readonly ruleErrors: LogGroup;
  readonly metricNamespace: string;
  readonly relayIds: RelayIds;

  constructor(scope: Construct, { name, environment, dataKey, queues }: RelayLinkProps) {
    super(scope, 'RelayLink');
    this.policyName = `platen-${name}-relay`;
    this.metricNamespace = `Platen/${name}`;
    this.upRuleName = `platen_${name}_up`;
    this.relayIds = new RelayIds(name);
    this.#policy();
    this.ruleErrors = new LogGroup(this, 'rule-errors', {
      logGroupName: `/platen/${name}/topic-rules`,
      encryptionKey: dataKey,
      retention: environment.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.#role([queues['relay-events'], queues.presence], dataKey);
    this.#rule(this.upRuleName, 'Messages from relays', upRule(this.relayIds), queues['relay-events'], role);
    const { relayDomain } = environment;
    if (relayDomain) {
      new CfnDomainConfiguration(this, 'domain', {
        domainConfigurationName: `platen-${name}`,
        domainName: relayDomain.name,
        serverCertificateArns: [relayDomain.certificateArn],
        serviceType: 'DATA',
      });
    }
    const presence = presenceRule(this.relayIds);
    this.#rule(`platen_${name}_presence`, 'Relays connect and disconnect', presence, queues.presence, role);
  }

  /** A connection may act only as the thing that its certificate is attached to. */
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
        // for relays enrolled before the rule topic existed
        allow('iot:Publish', arn('topic', upTopic(self))),
        allow('iot:Subscribe', arn('topicfilter', downTopic(self))),
        allow('iot:Receive', arn('topic', downTopic(self))),
      ],
    });
    const policy = new CfnPolicy(this, 'policy', { policyName: this.policyName, policyDocument });
    // certificates reference the policy by name: a replacement would lock out every relay
    policy.overrideLogicalId('RelayPolicy');
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }

  #role(queues: Queue[], dataKey: Key | undefined): Role {
    const role = new Role(this, 'role', { assumedBy: new ServicePrincipal('iot.amazonaws.com') });
    const logs = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      resources: [this.ruleErrors.logGroupArn],
    });
    const send = new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: queues.map(({ queueArn }) => queueArn),
    });
    const decrypt = dataKey ? [sendingStatement(Stack.of(this), dataKey)] : [];
    for (const statement of [send, logs, ...decrypt]) role.addToPolicy(statement);
    return role;
  }

  #rule(ruleName: string, description: string, sql: string, { queueUrl }: Queue, role: Role): void {
    const { roleArn } = role;
    const rule = new CfnTopicRule(this, ruleName, {
      ruleName,
      topicRulePayload: {
        description,
        sql,
        awsIotSqlVersion: sqlVersion,
        actions: [{ sqs: { queueUrl, roleArn, useBase64: false } }],
        errorAction: { cloudwatchLogs: { logGroupName: this.ruleErrors.logGroupName, roleArn } },
      },
    });
    // without its policy the role forwards nothing, and the first messages would be lost
    rule.node.addDependency(role);
  }
}
