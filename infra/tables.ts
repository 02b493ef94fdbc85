import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type CfnTable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type TableName, type TableShape, tables } from '../shared/adapters/aws/dynamo/table.ts';
import type { Environment } from './environments.ts';

const attributeTypes = { S: AttributeType.STRING, N: AttributeType.NUMBER };

type Settings = Pick<Environment, 'keepData' | 'tableUnits' | 'warmTableUnits'>;

/** The tables of jobs, uploads and the registry. */
export class Tables extends Construct {
  readonly byName: Record<TableName, Table>;

  constructor(scope: Construct, environment: Settings, key: Key | undefined) {
    super(scope, 'Tables');
    const made = (Object.entries(tables) as [TableName, TableShape][]).map(([name, shape]) => [
      name,
      this.#make(name, shape, environment, key),
    ]);
    this.byName = Object.fromEntries(made);
  }

  #make(
    name: TableName,
    { partitionKey, sortKey, timeToLive, indexes, streamed }: TableShape,
    environment: Settings,
    key: Key | undefined,
  ): Table {
    const { keepData, tableUnits, warmTableUnits } = environment;
    const ceiling = { maxReadRequestUnits: tableUnits, maxWriteRequestUnits: tableUnits };
    const warmThroughput =
      warmTableUnits === undefined
        ? undefined
        : {
            readUnitsPerSecond: warmTableUnits,
            writeUnitsPerSecond: warmTableUnits,
          };
    const keyOf = ({ name, type }: TableShape['sortKey']) => ({ name, type: attributeTypes[type] });
    const table = new Table(this, name, {
      partitionKey: keyOf(partitionKey),
      sortKey: keyOf(sortKey),
      timeToLiveAttribute: timeToLive,
      stream: streamed && StreamViewType.NEW_AND_OLD_IMAGES,
      ...(key && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...ceiling,
      warmThroughput,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keepData,
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    for (const index of indexes) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: keyOf(index.partitionKey),
        sortKey: keyOf(index.sortKey),
        projectionType: ProjectionType[index.projection],
        ...ceiling,
        warmThroughput,
      });
    }
    // keeps the table when constructs move in this code
    (table.node.defaultChild as CfnTable).overrideLogicalId(`${name[0]?.toUpperCase()}${name.slice(1)}Table`);
    return table;
  }
}
