import { ArnFormat, type Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { ItemKey, TableName } from '../shared/adapters/aws/dynamo/table.ts';
import { downTopic } from '../shared/protocol/relay-protocol.ts';
import type { FunctionName, QueueName } from '../shared/protocol/service-table.ts';
import type { RelayIds } from './relay-ids.ts';
import type { Grant } from './rights.ts';

/** The resources that grants refer to. */
export interface Granted {
  tables: Record<TableName, Table>;
  bucket: Bucket;
  keyringKey: Key;
  queues: Record<QueueName, Queue>;
  /** those that other functions invoke */
  functions: Partial<Record<FunctionName, Lambda>>;
  relayIds: RelayIds;
}

/** The IAM statements of a grant, limited to a resource and, where possible, to a key prefix. */
export function statementsOf(stack: Stack, granted: Granted, grant: Grant): PolicyStatement[] {
  switch (grant.kind) {
    case 'items':
      return [itemsStatement(granted.tables[grant.table], grant.actions, grant.items)];
    case 'index':
      return [allow(['dynamodb:Query'], [`${granted.tables[grant.table].tableArn}/index/${grant.index}`])];
    case 'objects':
      return [
        allow(
          grant.actions.map(action => `s3:${action}`),
          grant.keys.map(key => granted.bucket.arnForObjects(key)),
        ),
      ];
    case 'listings':
      return [listingStatement(granted.bucket, grant.under)];
    case 'queue':
      return [allow(['sqs:SendMessage'], [granted.queues[grant.name].queueArn])];
    case 'function':
      return [allow(['lambda:InvokeFunction'], [granted.functions[grant.name]?.functionArn as string])];
    case 'keyring':
      return [allow(['kms:Decrypt', 'kms:GenerateDataKey'], [granted.keyringKey.keyArn])];
    case 'relay-topics':
      return [
        allow(
          ['iot:Publish'],
          granted.relayIds.iamPatterns.map(relay => iotArn(stack, 'topic', downTopic(relay))),
        ),
      ];
    case 'relay-identities':
      return identityStatements(stack, granted.relayIds);
  }
}

/** Every partition key in the request must have one of the prefixes [DynamoDB, "Using IAM policy conditions"]. */
function itemsStatement(table: Table, actions: string[], items: ItemKey[]): PolicyStatement {
  const beginnings = items.map(({ pk }) => `${pk.slice(0, pk.indexOf('#') + 1)}*`);
  const statement = allow(
    actions.map(action => `dynamodb:${action}`),
    [table.tableArn],
  );
  statement.addCondition('ForAllValues:StringLike', { 'dynamodb:LeadingKeys': beginnings });
  return statement;
}

/** "IfExists", since reading an absent object also requires this right, without a prefix. */
function listingStatement(bucket: Bucket, under: string[]): PolicyStatement {
  const statement = allow(['s3:ListBucket'], [bucket.bucketArn]);
  statement.addCondition('StringLikeIfExists', { 's3:prefix': under });
  return statement;
}

/** Actions without resource types: IAM grants them for `*` only [Service Authorization Reference, AWS IoT]. */
const withoutResource = [
  'CreateCertificateFromCsr',
  'DescribeEndpoint',
  'AttachThingPrincipal',
  'DetachThingPrincipal',
  'ListThingPrincipals',
];

/**
 * Things and certificates are created at run time, so the resources are patterns. The names of certificates are digests:
 * an account of its own is what separates those of an environment from others.
 */
function identityStatements(stack: Stack, { iamPatterns }: RelayIds): PolicyStatement[] {
  const anyCertificate = iotArn(stack, 'cert', '*');
  const things = (names: string[]) => names.map(name => iotArn(stack, 'thing', name));
  const ofCertificates = ['AttachPolicy', 'DetachPolicy', 'UpdateCertificate', 'DeleteCertificate'];
  const iot = (actions: string[]) => actions.map(action => `iot:${action}`);
  return [
    allow(iot(ofCertificates), [anyCertificate]),
    // creating a thing again is how a relay of release 0.1.0 gets another certificate
    allow(iot(['CreateThing', 'DeleteThing']), things(iamPatterns)),
    allow(iot(withoutResource), ['*']),
  ];
}

const iotArn = (stack: Stack, resource: string, resourceName: string) =>
  stack.formatArn({ service: 'iot', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });

const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
