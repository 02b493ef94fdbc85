import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { everyTemplate } from './every-template.ts';
import { rules } from './rules.ts';
import { againstSpecification } from './specification.ts';
import type { Synthesized } from './synthesized.ts';
import { resourcesOf, type Template } from './template.ts';

const runbook = readFileSync(resolve(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
const template = everyTemplate.prod?.template as Template;

describe.each(Object.entries(everyTemplate))('the template of %s', (_name, { app, template, firewall, console }) => {
  it('conforms to the CloudFormation resource specification', () => {
    expect(againstSpecification(template)).toEqual([]);
    expect(firewall ? againstSpecification(firewall) : []).toEqual([]);
    expect(console ? againstSpecification(console) : []).toEqual([]);
  });

  it.each([
    ['AwsSolutions', AwsSolutionsChecks],
    ['Serverless', ServerlessChecks],
  ])('has no finding of cdk-nag’s %s without a reason', (_pack, Pack) => {
    const { violations } = new Pack(app).validateScope(app);

    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });

  it.each(Object.entries(rules))('%s', (_title, rule) => {
    expect(rule(template, { runbook })).toEqual([]);
  });
});

it('no suppressed finding of cdk-nag has gone', () => {
  const { app } = everyTemplate['prod with everything'] as Synthesized;
  const packs = [new AwsSolutionsChecks(app), new ServerlessChecks(app)];
  for (const pack of packs) Object.assign(pack, { isAcknowledged: () => false });
  const found = packs.flatMap(pack =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => [ruleName, `${constructPath}/`] as const),
      ),
  );
  const unused = suppressionsIn(app).filter(
    ([id, path]) => !found.some(([ruleName, where]) => ruleName === id && where.startsWith(`${path}/`)),
  );

  expect(unused).toEqual([]);
});

function suppressionsIn(app: App): [id: string, path: string][] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data))
      .map((id): [string, string] => [id.replace(/^annotation::/i, ''), node.path]),
  );
}

/** One fault for each rule. */
const broken: Record<keyof typeof rules, (template: Template) => void> = {
  'a queue hides messages six times as long as its function may take': given => {
    for (const { properties } of resourcesOf(given, 'AWS::SQS::Queue')) properties.VisibilityTimeout = 60;
  },
  'a failed message goes back by itself and not with its batch': given => {
    delete first(given, 'AWS::Lambda::EventSourceMapping').FunctionResponseTypes;
  },
  'every queue has a dead-letter queue, or is one': given => {
    for (const { properties } of resourcesOf(given, 'AWS::SQS::Queue')) delete properties.RedrivePolicy;
  },
  'first-in-first-out queues have dead-letter queues of their kind': given => {
    for (const { properties } of resourcesOf(given, 'AWS::SQS::Queue')) {
      if (properties.RedrivePolicy) properties.FifoQueue = true;
    }
  },
  'tables declare the attributes of their keys and no others': given => {
    first(given, 'AWS::DynamoDB::Table').AttributeDefinitions.push({ AttributeName: 'unused', AttributeType: 'S' });
  },
  'grants name what they are about': given => {
    first(given, 'AWS::IAM::Policy').PolicyDocument.Statement[0].Resource = '*';
  },
  'actions without resource types are granted for every resource': given => {
    first(given, 'AWS::IAM::Policy').PolicyDocument.Statement.push({
      Effect: 'Allow',
      Action: ['iot:ListThingPrincipals'],
      Resource: 'arn:aws:iot:eu-west-1:111122223333:thing/*',
    });
  },
  'the access log needs no resource policy': given => {
    const { DestinationArn } = first(given, 'AWS::ApiGatewayV2::Stage').AccessLogSettings;
    (given.Resources[DestinationArn['Fn::GetAtt'][0]] as { Properties: object }).Properties = { LogGroupName: '/x' };
  },
  'a role fits into one inline policy': given => {
    const { Statement } = first(given, 'AWS::IAM::Policy').PolicyDocument;
    for (let more = 0; more < 100; more++)
      Statement.push({ Effect: 'Allow', Action: 's3:GetObject', Resource: 'x'.repeat(99) });
  },
  'functions that process content may only log': given => {
    for (const { properties } of resourcesOf(given, 'AWS::IAM::Policy')) {
      properties.PolicyDocument.Statement.push({ Effect: 'Allow', Action: ['s3:GetObject'], Resource: '*' });
    }
  },
  'a function knows the names of those that it may invoke': given => {
    for (const { properties } of resourcesOf(given, 'AWS::Lambda::Function')) {
      delete properties.Environment?.Variables?.PLATEN_RENDER_LARGE_FUNCTION;
    }
  },
  'rules hear relays of their environment only, and take no member for the sender': given => {
    first(given, 'AWS::IoT::TopicRule').TopicRulePayload.Sql =
      "SELECT *, topic(3) AS relayId FROM 'platen/relays/+/up'";
  },
  'every function has a role of its own': given => {
    for (const { properties } of resourcesOf(given, 'AWS::Lambda::Function')) {
      properties.Role = { 'Fn::GetAtt': ['OneForAll', 'Arn'] };
    }
  },
  'every function has alarms for errors and throttles': given => removeAlarms(given, 'Throttles'),
  'every queue has its alarm: for its age, or for standing there at all': given =>
    removeAlarms(given, 'ApproximateAgeOfOldestMessage'),
  'every alarm names a section of the runbook that is there': given => {
    first(given, 'AWS::CloudWatch::Alarm').AlarmDescription = 'Help! docs/runbook.md#nowhere';
  },
  'alarms may speak to their topic': given => {
    first(given, 'AWS::SNS::TopicPolicy').PolicyDocument.Statement.splice(1);
  },
  'every route goes to its function, which lets the gateway call it': given => {
    // the result of CDK's own integration
    for (const { properties } of resourcesOf(given, 'AWS::Lambda::Permission')) {
      properties.SourceArn['Fn::Join']?.[1].splice(-1, 1, '/*/*/*');
    }
  },
  'every route has a throttle, status polling a higher one': given => {
    first(given, 'AWS::ApiGatewayV2::Stage').RouteSettings = {};
  },
  'tables and indexes have a ceiling': given => {
    delete first(given, 'AWS::DynamoDB::Table').OnDemandThroughput;
  },
  'functions log no more than their own lines': given => {
    delete first(given, 'AWS::Lambda::Function').LoggingConfig;
  },
  'an alias is shifted gradually, and back when its function or the API fails': given => {
    first(given, 'AWS::CodeDeploy::DeploymentGroup').AlarmConfiguration.Alarms.splice(0, 1);
  },
  'logs do not stay for ever': given => {
    delete first(given, 'AWS::Logs::LogGroup').RetentionInDays;
  },
};

describe('the checks detect faults', () => {
  it.each(Object.entries(rules))('%s', (title, rule) => {
    const worse = structuredClone(template);
    broken[title as keyof typeof rules](worse);

    expect(rule(worse, { runbook })).not.toEqual([]);
  });

  it.each<[what: string, grant: object]>([
    ['any action', { Action: 'sqs:*', Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
    ['any bucket', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::*' }],
    ['any item', { Action: 'dynamodb:GetItem', Resource: { 'Fn::GetAtt': ['JobsTable', 'Arn'] } }],
    [
      'relays of other environments',
      { Action: 'iot:Publish', Resource: 'arn:aws:iot:eu-west-1:1:topic/platen/relays/*/down' },
    ],
    ['any topic', { Action: 'iot:Publish', Resource: 'arn:aws:iot:eu-west-1:111122223333:topic/*' }],
  ])('a grant of %s', (_what, grant) => {
    const worse = structuredClone(template);
    first(worse, 'AWS::IAM::Policy').PolicyDocument.Statement.push({ Effect: 'Allow', ...grant });

    expect(rules['grants name what they are about'](worse)).toHaveLength(1);
  });

  it.each<[what: string, finding: RegExp, spoil: (template: Template) => void]>([
    ['a type that is none', /there is no/, given => (given.Resources.Wrong = { Type: 'AWS::SQS::Kueue' })],
    ['an unknown property', /Fifo is unknown/, given => (first(given, 'AWS::SQS::Queue').Fifo = true)],
    ['a property that lacks', /Code is required/, given => delete first(given, 'AWS::Lambda::Function').Code],
    ['a value of another kind', /is not an integer/, given => (first(given, 'AWS::Lambda::Function').Timeout = 'long')],
    [
      'a nested property that is unknown',
      /ErrorAction.Sqs is unknown|ErrorAction.Queue is unknown/,
      given => (first(given, 'AWS::IoT::TopicRule').TopicRulePayload.ErrorAction = { Queue: {} }),
    ],
    [
      'a reference to nothing',
      /which is not there/,
      given => (first(given, 'AWS::Lambda::Function').Role = { Ref: 'No' }),
    ],
    [
      'an unknown attribute',
      /asks .* for Name/,
      given => (first(given, 'AWS::Lambda::Function').Role = { 'Fn::GetAtt': ['JobsTable', 'Name'] }),
    ],
  ])('%s', (_what, finding, spoil) => {
    const worse = structuredClone(template);
    spoil(worse);

    expect(againstSpecification(worse).join('\n')).toMatch(finding);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: whatever is spoilt
function first(template: Template, type: string): any {
  const [found] = resourcesOf(template, type);
  return (template.Resources[found?.id ?? ''] as Template['Resources'][string]).Properties;
}

function removeAlarms(template: Template, metric: string): void {
  for (const { id, properties } of resourcesOf(template, 'AWS::CloudWatch::Alarm')) {
    if (JSON.stringify(properties).includes(`"MetricName":"${metric}"`)) delete template.Resources[id];
  }
}
