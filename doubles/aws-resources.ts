import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type TableName, tables } from '../shared/adapters/aws/dynamo/table.ts';
import type { QueueRow } from '../shared/protocol/service-table.ts';

/** Creates the adapters' resources from the same definitions as the infrastructure. */

export async function createTable(client: DynamoDBClient, table: TableName, name: string): Promise<string> {
  const { partitionKey, sortKey, indexes } = tables[table];
  const keys = [partitionKey, sortKey, ...indexes.flatMap(index => [index.partitionKey, index.sortKey])];
  const schemaOf = (shape: { partitionKey: { name: string }; sortKey: { name: string } }) => [
    { AttributeName: shape.partitionKey.name, KeyType: 'HASH' as const },
    { AttributeName: shape.sortKey.name, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: schemaOf({ partitionKey, sortKey }),
      AttributeDefinitions: [...new Map(keys.map(key => [key.name, key])).values()].map(key => ({
        AttributeName: key.name,
        AttributeType: key.type,
      })),
      GlobalSecondaryIndexes: indexes.map(index => ({
        IndexName: index.name,
        KeySchema: schemaOf(index),
        Projection: { ProjectionType: index.projection },
      })),
    }),
  );
  return name;
}

export async function createBucket(client: S3Client, name: string): Promise<string> {
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

/** Objects and incomplete multipart uploads in a bucket. */
export async function bucketContent(client: S3Client, name: string): Promise<string[]> {
  const [objects, uploads] = await Promise.all([
    client.send(new ListObjectsV2Command({ Bucket: name })),
    client.send(new ListMultipartUploadsCommand({ Bucket: name })),
  ]);
  const keys = (objects.Contents ?? []).map(object => object.Key as string);
  return [...keys, ...(uploads.Uploads ?? []).map(upload => `unfinished ${upload.Key}`)];
}

/** A queue and its dead-letter queue. */
export async function createQueue(client: SQSClient, name: string, row: QueueRow) {
  const dead = await client.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead.QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const redrive = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: row.maximumDeliveries };
  const queue = await client.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { VisibilityTimeout: String(row.visibilitySeconds), RedrivePolicy: JSON.stringify(redrive) },
    }),
  );
  return { url: queue.QueueUrl as string, deadUrl: dead.QueueUrl as string };
}
