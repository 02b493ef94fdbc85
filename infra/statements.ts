import { ArnFormat, type Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { ItemKey, TableName } from '../shared/adapters/aws/dynamo/table.ts';
import type { RelayId } from '../shared/core/domain/ids.ts';
import { downTopic } from '../shared/protocol/relay-protocol.ts';
import type { QueueName } from '../shared/protocol/service-table.ts';
import type { Grant } from './rights.ts';

/** The resources that grants refer to. */
export interface Granted {
  tables: Record<TableName, Table>;
  bucket: Bucket;
  queues: Record<QueueName, Queue>;
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
    case 'relay-topics':
      return [allow(['iot:Publish'], [iotArn(stack, 'topic', downTopic('*' as RelayId))])];
    case 'relay-identities':
      return identityStatements(stack);
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

/** Things and certificates are created at run time, so the resources are wildcards within the account. */
function identityStatements(stack: Stack): PolicyStatement[] {
  const [anyThing, anyCertificate] = [iotArn(stack, 'thing', '*'), iotArn(stack, 'cert', '*')];
  const ofCertificates = ['AttachPolicy', 'DetachPolicy', 'UpdateCertificate', 'DeleteCertificate'];
  const iot = (actions: string[]) => actions.map(action => `iot:${action}`);
  return [
    allow(iot(ofCertificates), [anyCertificate]),
    allow(iot(['CreateThing', 'DeleteThing']), [anyThing]),
    allow(iot(withoutResource), ['*']),
  ];
}

const iotArn = (stack: Stack, resource: string, resourceName: string) =>
  stack.formatArn({ service: 'iot', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });

const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
