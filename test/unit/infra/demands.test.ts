import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environments } from '../../../infra/environments.ts';
import { canaryVariables } from '../../../shared/protocol/config.ts';
import { functions, queues } from '../../../shared/protocol/service-table.ts';
import { synthesize } from './synthesized.ts';
import { listOf, resourcesOf, targetOf, textOf } from './template.ts';

/** What a template must have. `rules.ts` says what it must not have. */

const alarmAddress = 'operators@example.com';
const canary = { keySecret: 'platen/canary', slowSeconds: 15 };
const made = {
  prod: synthesize('prod', { alarmAddress }).template,
  staging: synthesize('staging', { alarmAddress, canary }).template,
};

describe.each(Object.entries(made))('the template of %s', (name, template) => {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');

  it('calls a person for each alarm, and says when it is over', () => {
    const [topic] = resourcesOf(template, 'AWS::SNS::Topic');
    const subscriptions = resourcesOf(template, 'AWS::SNS::Subscription');

    expect(subscriptions.map(({ properties }) => [targetOf(properties.TopicArn), properties.Endpoint])).toEqual([
      [topic?.id, alarmAddress],
    ]);
    for (const { properties } of alarms) {
      const { AlarmActions, OKActions, ActionsEnabled } = properties;
      expect([listOf(AlarmActions).map(targetOf), listOf(OKActions).map(targetOf)]).toEqual([[topic?.id], [topic?.id]]);
      expect(ActionsEnabled).not.toBe(false);
    }
  });

  it.each([
    ['dead-letters', Object.keys(queues).length],
    ['age-of-oldest-message', Object.keys(queues).length],
    ['function-errors', Object.keys(functions).length],
    // with the refusals of the gateway
    ['throttles', Object.keys(functions).length + 1],
    ['sweep-stopped', 1],
    ['documents-behind', 1],
    ['failed-messages', 1],
    ['poison-messages', 1],
    ['failed-jobs', 1],
    ['server-errors', 1],
    ['relays-offline', 1],
    ['rule-failures', 1],
    ['canary', name === 'staging' ? 2 : 0],
  ])('has the alarm %s, %i times', (section, count) => {
    expect(alarms.filter(({ properties }) => properties.AlarmDescription.endsWith(`#${section}`))).toHaveLength(count);
  });

  it('deletes documents, and what abandoned uploads leave', () => {
    const [bucket] = resourcesOf(template, 'AWS::S3::Bucket');
    const rules = listOf(bucket?.properties.LifecycleConfiguration?.Rules) as Record<string, unknown>[];
    const days = environments[name as keyof typeof made].documentDays;

    expect(rules).toEqual([
      { Id: 'abandoned-segments', Prefix: 'uploads/', ExpirationInDays: 3, Status: 'Enabled' },
      { Id: 'abandoned-parts', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 }, Status: 'Enabled' },
      { Id: 'documents', Prefix: 'companies/', ExpirationInDays: 65 + days, Status: 'Enabled' },
    ]);
  });

  it('puts into the queue what relays say, and that they come and go', () => {
    const rules = resourcesOf(template, 'AWS::IoT::TopicRule').map(({ properties }) => {
      const { Sql, Actions, ErrorAction, RuleDisabled } = properties.TopicRulePayload;
      const targets = listOf(Actions).flatMap(action => Object.keys(action as object));
      return [/FROM '([^']+)'/.exec(Sql)?.[1], targets, Object.keys(ErrorAction), RuleDisabled ?? false];
    });

    expect(rules).toEqual([
      ['platen/relays/+/up', ['Sqs'], ['CloudwatchLogs'], false],
      ['$aws/events/presence/+/+', ['Sqs'], ['CloudwatchLogs'], false],
    ]);
    const queueIds = resourcesOf(template, 'AWS::SQS::Queue').map(({ id }) => id);
    const idOf = (name: RegExp) => queueIds.find(id => name.test(id));
    const urls = resourcesOf(template, 'AWS::IoT::TopicRule').map(({ properties }) =>
      textOf(properties.TopicRulePayload.Actions[0].Sqs.QueueUrl),
    );
    expect(urls).toEqual([`<${idOf(/relayevents(?!deadletters)/)}>`, `<${idOf(/presence(?!deadletters)/)}>`]);
  });

  it('raises the alarm on relays for a share of them, and not for just a few', () => {
    const alarm = alarms.find(({ properties }) => properties.AlarmDescription.endsWith('#relays-offline'));
    const [expression] = listOf(alarm?.properties.Metrics) as { Expression: string }[];
    const isRaised = (gone: number, come: number, pings: number) =>
      evaluate(expression?.Expression as string, { gone, come, pings }) > alarm?.properties.Threshold;
    const fleet = (relays: number) => relays * 30;
    const { atLeast } = environments[name as keyof typeof made].relaysLost;

    expect(isRaised(atLeast - 1, 0, 0)).toBe(false);
    expect(isRaised(atLeast, 0, fleet(1))).toBe(true);
    expect(isRaised(1000, 0, fleet(100_000))).toBe(false);
    expect(isRaised(60_000, 1000, fleet(100_000))).toBe(true);
    expect(isRaised(60_000, 59_900, fleet(100_000))).toBe(false);
  });

  it('lets a relay connect only while its certificate is attached to its thing', () => {
    const statements = resourcesOf(template, 'AWS::IoT::Policy').flatMap(({ properties }) =>
      listOf(properties.PolicyDocument.Statement),
    ) as { Action: string; Condition?: unknown }[];
    const connects = statements.filter(({ Action }) => Action === 'iot:Connect');

    expect(connects.map(({ Condition }) => Condition)).toEqual([
      { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
    ]);
  });
});

describe('what is stored', () => {
  const stores = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::KMS::Key'];

  it.each([
    ['dev', 'Delete'],
    ['staging', 'Retain'],
    ['prod', 'Retain'],
  ] as const)('of %s has the policy %s when the stack is deleted', (name, policy) => {
    const { template } = name === 'dev' ? synthesize('dev') : { template: made[name] };
    const policies = stores.flatMap(type => resourcesOf(template, type)).map(({ DeletionPolicy }) => DeletionPolicy);

    expect(new Set(policies)).toEqual(new Set([policy]));
    const tables = resourcesOf(template, 'AWS::DynamoDB::Table').map(
      ({ properties }) => properties.DeletionProtectionEnabled ?? false,
    );
    expect(new Set(tables)).toEqual(new Set([policy === 'Retain']));
  });
});

it('a canary without a firewall calls the API by its own address', () => {
  const [canary] = resourcesOf(made.staging, 'AWS::Lambda::Function').filter(({ properties }) =>
    properties.Description?.endsWith(': canary'),
  );

  expect(canary?.properties.Environment.Variables[canaryVariables.url]).toEqual(made.staging.Outputs?.Url?.Value);
});

it('a budget without an address to write to is refused', () => {
  expect(() => synthesize('prod', { monthlyBudget: 100, alarmAddress: undefined })).toThrow(/no alarmAddress/);
});

/** The part of CloudWatch's metric math that this alarm uses. */
function evaluate(expression: string, metrics: Record<string, number>): number {
  const functions = { FILL: (value: number) => value, IF: (is: boolean, then: number, or: number) => (is ? then : or) };
  const names = { ...functions, ...metrics };
  return new Function(...Object.keys(names), `return ${expression};`)(...Object.values(names));
}

describe('the documents for operators', () => {
  const text = globSync('docs/*.md').map(file => readFileSync(file, 'utf8'));
  const found = (pattern: RegExp) => new Set(text.flatMap(each => [...each.matchAll(pattern)].map(([, name]) => name)));

  it('read outputs that the stack has', () => {
    const outputs = found(/(?:\$\(out |OutputKey==')(\w+)/g);

    expect(outputs.size).toBeGreaterThan(3);
    expect([...outputs].filter(name => !((name as string) in (made.staging.Outputs ?? {})))).toEqual([]);
  });

  it('read log groups that the stack has', () => {
    const ofFunctions = [...found(/^(?:.*`)?log ([a-z-]+)(?= \||`|$)/gm)].map(name => `/platen/staging/${name}`);
    const others = [...found(/logs tail "?(\/[\w/$-]+)/g)]
      .filter(name => !name?.endsWith('$1'))
      .map(name => name?.replace('$ENV', 'staging'));
    const groups = resourcesOf(made.staging, 'AWS::Logs::LogGroup').map(({ properties }) => properties.LogGroupName);

    expect([ofFunctions.length, others.length]).toEqual([6, 2]);
    expect([...ofFunctions, ...others].filter(name => !groups.includes(name))).toEqual([]);
  });
});
