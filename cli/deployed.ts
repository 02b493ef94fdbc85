import {
  CloudFormationClient,
  type CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { eraseCompany } from '../shared/adapters/aws/erase-company.ts';
import { openAws } from '../shared/adapters/aws/open-aws.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { readConfig } from '../shared/protocol/config.ts';
import { UsageError } from '../shared/protocol/usage-error.ts';
import type { AdminPorts } from './admin/admin-ports.ts';
import { type Given, only } from './command.ts';

/** Point-in-time recovery restores a table as it was in this time [Amazon DynamoDB]. */
const backupDays = 35;

type Deployed = Ports & Pick<AdminPorts, 'backupDays' | 'eraseCompany'>;

/**
 * The adapters of a deployed stack, with the operator's own credentials. The stack's outputs name its resources; their
 * descriptions are the environment variables that functions read.
 */
export async function openDeployed(given: Given): Promise<Deployed> {
  const [endpoint] = given.endpoint ?? [];
  const stack = `platen-${only(given, 'env')}`;
  const client = new CloudFormationClient({
    region: given.region?.[0],
    profile: given.profile?.[0],
    endpoint,
    maxAttempts: 3,
  });
  try {
    const [region, { accessKeyId, secretAccessKey, sessionToken }] = await Promise.all([
      client.config.region(),
      client.config.credentials(),
    ]);
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = (Stacks[0]?.Outputs ?? []).map(({ Description, OutputValue }) => [Description, OutputValue]);
    const config = readConfig({
      ...Object.fromEntries(outputs),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_ENDPOINT_URL: endpoint,
    });
    const ports = openAws(config);
    return {
      ...ports,
      backupDays,
      eraseCompany: companyId => eraseCompany(config, ports.documents, companyId),
    };
  } catch (error) {
    throw inWords(error as CloudFormationServiceException, stack);
  } finally {
    client.destroy();
  }
}

/** The usual reasons why nothing can be opened, in words. */
function inWords(error: CloudFormationServiceException, stack: string): Error {
  if (error.name === 'CredentialsProviderError') {
    return new UsageError('No AWS credentials were found. Sign in first, or name a --profile.', { cause: error });
  }
  if (/region is missing/i.test(error.message)) {
    return new UsageError('No AWS region is known. Name it with --region.', { cause: error });
  }
  if (error.name === 'ValidationError') {
    return new UsageError(`This account and region have no stack ${stack}. Deploy it first.`, { cause: error });
  }
  return error;
}
