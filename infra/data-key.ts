import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type CfnKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Environment } from './environments.ts';
import type { Grant } from './rights.ts';

/**
 * The key of the environment, if it has one of its own (`ownKey`): it encrypts tables, bucket, queues, logs and the topic of
 * alarms. CloudWatch Logs uses it for the log groups of this environment, the topic lets alarms use it, functions have
 * it by their roles.
 */
export function makeDataKey(
  scope: Construct,
  name: string,
  { ownKey, keepData }: Pick<Environment, 'ownKey' | 'keepData'>,
): Key | undefined {
  if (!ownKey) return undefined;
  const stack = Stack.of(scope);
  const key = new Key(scope, 'DataKey', {
    description: `Platen ${name}: tables, documents, queues and logs`,
    enableKeyRotation: true,
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  // a replacement would make everything unreadable
  (key.node.defaultChild as CfnKey).overrideLogicalId('DataKey');
  const logGroup = (resourceName: string) =>
    stack.formatArn({ service: 'logs', resource: 'log-group', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': [
            logGroup(`/platen/${name}/*`),
            logGroup(`/aws/vendedlogs/platen/${name}/*`),
          ],
        },
      },
    }),
  );
  return key;
}

type Service = 'dynamodb' | 's3' | 'sqs';

/** [Amazon SQS, "Key management"]; S3 asks for the same of who writes, since a part of an upload is decrypted again. */
const sending = ['kms:Decrypt', 'kms:GenerateDataKey'];
const reading = ['kms:Decrypt'];
/** Of who reads a table, and of who writes it [Amazon DynamoDB, "Managing encrypted tables"]. */
const tableReading = ['kms:Decrypt', 'kms:DescribeKey'];
const tableWriting = [
  ...tableReading,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What a function needs of the key, through the services of its grants and only through them. */
export function keyStatements(stack: Stack, key: Key | undefined, grants: Grant[]): PolicyStatement[] {
  if (!key) return [];
  const needed = new Map<Service, Set<string>>();
  for (const [service, actions] of grants.flatMap(useOf)) {
    needed.set(service, new Set([...(needed.get(service) ?? []), ...actions]));
  }
  return [...needed].map(([service, actions]) => throughService(stack, key, service, [...actions]));
}

/** The rule of AWS IoT that sends to queues. */
export const sendingStatement = (stack: Stack, key: Key) => throughService(stack, key, 'sqs', sending);

function useOf(grant: Grant): [Service, string[]][] {
  switch (grant.kind) {
    case 'items':
      return [
        [
          'dynamodb',
          grant.actions.some(action => /Put|Update|Delete|Write/.test(action)) ? tableWriting : tableReading,
        ],
      ];
    case 'index':
      return [['dynamodb', tableReading]];
    case 'objects': {
      const isWriter = grant.actions.includes('PutObject');
      return isWriter || grant.actions.includes('GetObject') ? [['s3', isWriter ? sending : reading]] : [];
    }
    case 'queue':
      return [['sqs', sending]];
    default:
      return [];
  }
}

function throughService(stack: Stack, key: Key, service: Service, actions: string[]): PolicyStatement {
  const statement = new PolicyStatement({ actions, resources: [key.keyArn] });
  statement.addCondition('StringEquals', { 'kms:ViaService': `${service}.${stack.region}.amazonaws.com` });
  return statement;
}
