import { Stack } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { makeDataKey } from '../../../infra/data-key.ts';
import { synthesize } from './synthesized.ts';
import { listOf, type Named, resourcesOf, type Template, targetOf, textOf } from './template.ts';

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: { StringEquals?: { 'kms:ViaService'?: unknown } };
}

const own = synthesize('prod', { ownKey: true, canary: { keySecret: 'platen/canary', slowSeconds: 15 } }).template;
const plain = synthesize('prod').template;

/** Where the key of each kind of resource is named. */
const keyOf: Record<string, (properties: Named['properties']) => unknown> = {
  'AWS::DynamoDB::Table': ({ SSESpecification }) => SSESpecification?.KMSMasterKeyId,
  'AWS::S3::Bucket': ({ BucketEncryption }) =>
    BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID,
  'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
  'AWS::SNS::Topic': ({ KmsMasterKeyId }) => KmsMasterKeyId,
  'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
};
const kinds = Object.keys(keyOf);
const keysIn = (template: Template, kind: string) =>
  resourcesOf(template, kind).map(({ properties }) => targetOf(keyOf[kind]?.(properties)));

const statementsOf = (template: Template, roleId: string | undefined) =>
  resourcesOf(template, 'AWS::IAM::Policy')
    .filter(({ properties }) => listOf(properties.Roles).some(role => targetOf(role) === roleId))
    .flatMap(({ properties }) => listOf(properties.PolicyDocument.Statement) as Statement[]);

/** Services whose data a role touches, by its actions, and those through which it may use the key. */
function servicesOf(statements: Statement[]) {
  const actions = statements.flatMap(({ Action }) => listOf(Action) as string[]);
  const touched = actions.filter(action => !/DeleteObject|Abort|List(Multipart|Bucket|Streams)/.test(action));
  const services = touched.map(action => action.split(':')[0]).filter(name => /^(dynamodb|s3|sqs)$/.test(name ?? ''));
  const ofKey = statements.filter(({ Resource }) => listOf(Resource).some(one => targetOf(one) === 'DataKey'));
  const through = ofKey.map(({ Condition }) => textOf(Condition?.StringEquals?.['kms:ViaService']).split('.')[0]);
  return { touched: [...new Set(services)].sort(), through: [...new Set(through)].sort(), ofKey };
}

/** What the key must permit for these actions of a service [AWS, key management of DynamoDB, S3 and SQS]. */
function keyActionsFor(service: string, actions: string[]): string[] {
  const isWriter = actions.some(action => /Put|Update|DeleteItem|Write|Send/.test(action));
  const own = service === 'dynamodb' ? ['Decrypt', 'DescribeKey'] : ['Decrypt'];
  const more =
    service === 'dynamodb'
      ? ['Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo']
      : ['GenerateDataKey'];
  return [...own, ...(isWriter ? more : [])].map(action => `kms:${action}`);
}

describe('a key of the environment', () => {
  it.each(kinds)('encrypts every %s', kind => {
    expect(keysIn(own, kind)).not.toEqual([]);
    expect(new Set(keysIn(own, kind))).toEqual(new Set(['DataKey']));
  });

  it('may be used by CloudWatch for each log group of the stack', () => {
    const [key] = resourcesOf(own, 'AWS::KMS::Key').filter(({ id }) => id === 'DataKey');
    const policy = JSON.stringify(key?.properties.KeyPolicy);
    const prefixes = [...policy.matchAll(/:log-group:([\w/]+)\/\*/g)].map(([, prefix]) => prefix as string);
    const names = resourcesOf(own, 'AWS::Logs::LogGroup').map(({ properties }) => textOf(properties.LogGroupName));

    expect(names.filter(name => !prefixes.some(prefix => name.startsWith(`${prefix}/`)))).toEqual([]);
    expect(policy).toContain('cloudwatch.amazonaws.com');
    expect(key?.properties.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        ...{ Effect: 'Allow', Principal: { Service: expect.anything() }, Condition: { ArnLike: expect.anything() } },
        Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      }),
    );
    expect(key?.properties.EnableKeyRotation).toBe(true);
    expect(key?.DeletionPolicy).toBe('Retain');
  });

  it.each(
    resourcesOf(own, 'AWS::Lambda::Function').map(({ properties }) => [
      textOf(properties.Description),
      targetOf(properties.Role),
    ]),
  )('is for %s what its role needs, through those services only', (_name, role) => {
    const { touched, through, ofKey } = servicesOf(statementsOf(own, role));
    const unlimited = ofKey.filter(({ Condition }) => !Condition);

    // what CDK adds for event sources: queues and streams are decrypted
    const byEventSources = ['kms:Decrypt', 'kms:DescribeKey'];
    const actions = unlimited.flatMap(({ Action }) => listOf(Action) as string[]);
    expect(actions.filter(action => !byEventSources.includes(action))).toEqual([]);
    const limited = through.filter(service => !/^<undefined/.test(service ?? ''));
    const receives = (service: string | undefined) => service === 'sqs' && unlimited.length > 0;
    expect(touched.filter(service => !limited.includes(service) && !receives(service))).toEqual([]);
    expect(limited.filter(service => !touched.includes(service as string))).toEqual([]);
  });

  it.each(
    resourcesOf(own, 'AWS::Lambda::Function').map(({ properties }) => [
      textOf(properties.Description),
      targetOf(properties.Role),
    ]),
  )('permits %s to encrypt where it writes, and to decrypt where it reads', (_name, role) => {
    const statements = statementsOf(own, role);
    const actions = statements.flatMap(({ Action }) => listOf(Action) as string[]);
    const throughService = servicesOf(statements).ofKey.filter(({ Condition }) => Condition);

    for (const { Action, Condition } of throughService) {
      const [service = ''] = textOf(Condition?.StringEquals?.['kms:ViaService']).split('.');
      const ofService = actions.filter(action => action.startsWith(`${service}:`));
      expect((listOf(Action) as string[]).toSorted()).toEqual(keyActionsFor(service, ofService).toSorted());
    }
  });

  it('may be used by the rules that send the messages of relays', () => {
    const [rule] = resourcesOf(own, 'AWS::IoT::TopicRule');
    const role = targetOf(rule?.properties.TopicRulePayload.Actions[0].Sqs.RoleArn);

    const { through, ofKey } = servicesOf(statementsOf(own, role));
    expect([through, ofKey.map(({ Action }) => Action)]).toEqual([['sqs'], [['kms:Decrypt', 'kms:GenerateDataKey']]]);
  });

  it('is deleted with the stack where data is', () => {
    const key = makeDataKey(new Stack(), 'dev', { ownKey: true, keepData: false });

    expect((key as Key).node.defaultChild).toMatchObject({ cfnOptions: { deletionPolicy: 'Delete' } });
  });

  it('is not made, and nothing names it, unless it is wanted', () => {
    expect(JSON.stringify(plain)).not.toContain('"DataKey"');
    for (const kind of kinds) expect(new Set(keysIn(plain, kind))).toEqual(new Set([undefined]));
  });
});
