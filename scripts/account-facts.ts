import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import type { Environment } from '../infra/environments.ts';
import type { AccountFacts } from './preflight.ts';

type Settings = Pick<CloudFormationClientConfig, 'region' | 'profile' | 'endpoint' | 'credentials'>;

/** Reads what `preflight` checks, with the credentials of the deployment. */
export async function readAccountFacts(
  name: string,
  environment: Environment,
  settings: Settings,
): Promise<AccountFacts> {
  const region = await new CloudFormationClient(settings).config.region();
  const regions = environment.firewall ? [...new Set([region, 'us-east-1'])] : [region];
  const [concurrency, versions, stack, tables, buckets] = await Promise.all([
    readConcurrency(settings),
    Promise.all(regions.map(async each => [each, await bootstrapVersion({ ...settings, region: each })] as const)),
    stackNamed(settings, `platen-${name}`),
    tablesNamed(settings, `platen-${name}-`),
    bucketsNamed(settings, `platen-${name}-`),
  ]);
  return {
    region,
    concurrency,
    bootstrapVersions: Object.fromEntries(versions),
    // CDK deletes a stack whose creation failed before it creates it again
    stackExists: stack !== undefined && stack.StackStatus !== 'ROLLBACK_COMPLETE',
    tables,
    buckets,
  };
}

async function readConcurrency(settings: Settings): Promise<AccountFacts['concurrency']> {
  const { AccountLimit } = await new LambdaClient(settings).send(new GetAccountSettingsCommand({}));
  const { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: unreserved } = AccountLimit ?? {};
  return limit === undefined ? undefined : { limit, unreserved: unreserved ?? limit };
}

async function bootstrapVersion(settings: Settings): Promise<number | undefined> {
  const stack = await stackNamed(settings, 'CDKToolkit');
  const version = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue;
  return version === undefined ? undefined : Number(version);
}

async function stackNamed(settings: Settings, StackName: string) {
  try {
    const { Stacks } = await new CloudFormationClient(settings).send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0];
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

async function tablesNamed(settings: Settings, prefix: string): Promise<string[]> {
  const client = new DynamoDBClient(settings);
  const found: string[] = [];
  let from: string | undefined;
  do {
    const page = await client.send(new ListTablesCommand({ ExclusiveStartTableName: from }));
    found.push(...(page.TableNames ?? []));
    from = page.LastEvaluatedTableName;
  } while (from);
  return found.filter(name => name.startsWith(prefix));
}

async function bucketsNamed(settings: Settings, prefix: string): Promise<string[]> {
  const client = new S3Client({ ...settings, forcePathStyle: settings.endpoint !== undefined });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({ Prefix: prefix }));
  return Buckets.map(({ Name }) => Name as string).filter(name => name.startsWith(prefix));
}
