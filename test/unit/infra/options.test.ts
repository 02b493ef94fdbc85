import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { makeBucket } from '../../../infra/bucket.ts';
import { environments } from '../../../infra/environments.ts';
import { frontVariables, relayHostVariable, renderVariables } from '../../../shared/protocol/config.ts';
import { everyTemplate } from './every-template.ts';
import { everything } from './everything.ts';
import { type Synthesized, synthesize } from './synthesized.ts';
import { listOf, resourcesOf, type Template, targetOf } from './template.ts';

/** What differs between environments, and what a template says of a resource beside its settings. */

const {
  dev,
  staging,
  prod,
  'prod with everything': full,
} = everyTemplate as Record<string, Synthesized> & {
  dev: Synthesized;
  staging: Synthesized;
  prod: Synthesized;
  'prod with everything': Synthesized;
};
const typesIn = ({ template }: Synthesized) => new Set(resourcesOf(template).map(({ Type }) => Type));
/** Types that are in one template and not in another. */
const typesOnlyIn = (one: Synthesized, other: Synthesized) =>
  [...typesIn(one)].filter(type => !typesIn(other).has(type)).sort();
const idsOf = (template: Template, type: string) => resourcesOf(template, type).map(({ id }) => id);
const dependenciesOf = (template: Template, type: string) =>
  resourcesOf(template, type).map(({ DependsOn }) => listOf(DependsOn) as string[]);

describe('what may be left out', () => {
  const optional = [
    'AWS::ApiGatewayV2::ApiMapping',
    'AWS::ApiGatewayV2::DomainName',
    'AWS::Backup::BackupPlan',
    'AWS::Backup::BackupSelection',
    'AWS::Backup::BackupVault',
    'AWS::Budgets::Budget',
    'AWS::IoT::DomainConfiguration',
    'AWS::SNS::Subscription',
  ];
  const gradual = [
    'AWS::CodeDeploy::Application',
    'AWS::CodeDeploy::DeploymentGroup',
    'AWS::Lambda::Alias',
    'AWS::Lambda::Version',
  ];
  const countOf = (type: string) => [dev, staging, prod, full].map(({ template }) => idsOf(template, type).length);

  it('is left out of every environment that does not set it', () => {
    expect(typesOnlyIn(full, prod)).toEqual(optional);
    expect(typesOnlyIn(prod, dev)).toEqual(gradual);
    expect(typesIn(staging)).toEqual(typesIn(dev));
    const [functions = 0] = countOf('AWS::Lambda::Function');
    expect(countOf('AWS::Lambda::Function')).toEqual([functions, functions, functions, functions + 1]);
    expect(countOf('AWS::KMS::Key')).toEqual([1, 1, 1, 2]);
    for (const { firewall, console } of [dev, staging, prod])
      expect([firewall, console]).toEqual([undefined, undefined]);
  });

  it('is not set in functions', () => {
    const names = [...Object.values(frontVariables), relayHostVariable];
    const namedIn = ({ template }: Synthesized) =>
      resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ properties }) =>
        Object.keys(properties.Environment?.Variables ?? {}),
      );

    expect(names.filter(name => namedIn(prod).includes(name))).toEqual([]);
    expect(names.filter(name => !namedIn(full).includes(name))).toEqual([]);
  });

  it('of the API’s own domain closes the address of AWS', () => {
    const isClosed = ({ template }: Synthesized) =>
      resourcesOf(template, 'AWS::ApiGatewayV2::Api')[0]?.properties.DisableExecuteApiEndpoint;

    expect([isClosed(prod) ?? false, isClosed(full)]).toEqual([false, true]);
  });

  it('of warm tables and of isolated companies is left to AWS', () => {
    const warmthIn = ({ template }: Synthesized) =>
      resourcesOf(template, 'AWS::DynamoDB::Table').flatMap(
        ({ properties: { WarmThroughput, GlobalSecondaryIndexes } }) => [
          WarmThroughput,
          ...(listOf(GlobalSecondaryIndexes) as { WarmThroughput?: object }[]).map(index => index.WarmThroughput),
        ],
      );
    const isolationIn = ({ template }: Synthesized) =>
      resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ properties: { TenancyConfig, Environment } }) => [
        ...(TenancyConfig ? ['isolated'] : []),
        ...listOf(Environment?.Variables[renderVariables.isPerCompany]),
      ]);

    expect(new Set(warmthIn(prod))).toEqual(new Set([undefined]));
    expect(warmthIn(full)).not.toContain(undefined);
    expect(new Set(isolationIn(prod))).toEqual(new Set(['false']));
    expect(new Set(isolationIn(full))).toEqual(new Set(['isolated', 'true']));
  });

  it('of the firewall needs a domain', () => {
    expect(() => synthesize('prod', { firewall: everything.firewall })).toThrow(/a firewall but no domain/);
  });
});

describe('the days for which documents are kept', () => {
  it.each([
    [0, false],
    [1, true],
    [29, true],
    [30, false],
  ])('may be %i: %s', (documentDays, isTaken) => {
    const make = () => makeBucket(new Stack(new App(), 'some'), { ...environments.dev, documentDays }, undefined);

    if (isTaken) expect(make).not.toThrow();
    else expect(make).toThrow(`documentDays is ${documentDays}`);
  });
});

describe('what is there before something else', () => {
  it.each(Object.entries(everyTemplate))('in %s', (_name, { template, firewall }) => {
    const [policy] = resourcesOf(template, 'AWS::IAM::Policy').filter(({ id }) => id.startsWith('RelayLinkrole'));
    for (const needed of dependenciesOf(template, 'AWS::IoT::TopicRule')) expect(needed).toContain(policy?.id);

    const routes = idsOf(template, 'AWS::ApiGatewayV2::Route');
    expect(
      dependenciesOf(template, 'AWS::ApiGatewayV2::Stage').map(ids => routes.filter(id => !ids.includes(id))),
    ).toEqual([[]]);

    const permissions = resourcesOf(template, 'AWS::Lambda::Permission')
      .filter(({ properties }) => properties.Principal === 'apigateway.amazonaws.com')
      .map(({ id }) => id);
    expect(permissions).not.toEqual([]);
    for (const needed of dependenciesOf(template, 'AWS::ApiGatewayV2::Integration'))
      expect(needed).toEqual(expect.arrayContaining(permissions));

    if (!firewall) return;
    expect(dependenciesOf(firewall, 'AWS::WAFv2::LoggingConfiguration')).toEqual([
      idsOf(firewall, 'AWS::Logs::LogGroup'),
    ]);
  });
});

describe('what is deleted with its stack', () => {
  /** Ids of a type by what becomes of them. */
  const fatesOf = (template: Template, type: string) =>
    new Set(resourcesOf(template, type).map(({ DeletionPolicy }) => DeletionPolicy ?? 'Delete'));

  it.each(Object.entries(everyTemplate))('of %s', (name, { template, firewall, console }) => {
    if (name === 'prod with everything')
      expect(fatesOf(template, 'AWS::Backup::BackupVault')).toEqual(new Set(['Retain']));
    expect(fatesOf(template, 'AWS::Logs::LogGroup')).toEqual(new Set(['Delete']));
    // certificates of relays refer to it
    expect(fatesOf(template, 'AWS::IoT::Policy')).toEqual(new Set(['RetainExceptOnCreate']));
    if (firewall) expect(fatesOf(firewall, 'AWS::Logs::LogGroup')).toEqual(new Set(['Delete']));
    if (console) expect(fatesOf(console, 'AWS::S3::Bucket')).toEqual(new Set(['Delete']));
  });
});

describe('the outputs of a stack', () => {
  it.each(Object.entries(everyTemplate))(
    'of %s are the variables of its functions, the dead letters and the address',
    (_name, { template }) => {
      const outputs = Object.entries(template.Outputs ?? {}) as [string, { Value: unknown; Description?: string }][];
      const [sweep] = resourcesOf(template, 'AWS::Lambda::Function').filter(({ properties }) =>
        properties.Description?.endsWith(': sweep'),
      );
      const variables = sweep?.properties.Environment.Variables as Record<string, unknown>;
      const ofVariables = outputs.filter(([, { Description }]) => Description?.startsWith('PLATEN_'));

      expect(ofVariables.length).toBeGreaterThan(10);
      for (const [id, { Value, Description = '' }] of ofVariables) {
        expect(Value).toEqual(variables[Description]);
        expect(id.toLowerCase()).toBe(Description.replace(/[_-]/g, '').toLowerCase());
      }
      const dead = idsOf(template, 'AWS::SQS::Queue').filter(id => /deadletters/i.test(id));
      const named = outputs.filter(([id]) => id.startsWith('DeadLetters')).map(([, { Value }]) => targetOf(Value));
      expect(new Set(named)).toEqual(new Set(dead));
      expect(named).toHaveLength(2 * dead.length);
      expect(outputs.map(([id]) => id)).toContain('Url');
    },
  );
});
