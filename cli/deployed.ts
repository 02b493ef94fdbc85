import {
  CloudFormationClient,
  type CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { openAws } from '../shared/adapters/aws/open-aws.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { readConfig } from '../shared/protocol/config.ts';
import { type Given, type Option, only, UsageError } from './command.ts';

/** Where a command is carried out. */
export const placeOptions = {
  env: { value: 'NAME', about: 'the environment that was deployed', isRequired: true },
  region: { value: 'NAME', about: 'the AWS region, if the environment or profile does not say it' },
  profile: { value: 'NAME', about: 'the profile of the AWS configuration whose credentials are used' },
  endpoint: { value: 'URL', about: 'one address for all of AWS, such as an emulator’s' },
} satisfies Record<string, Option>;

/**
 * The adapters of a deployed stack, with the credentials of whoever asks. What is called how, the stack's outputs say,
 * which are described by the names that functions know.
 */
export async function openDeployed(given: Given): Promise<Ports> {
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
    return openAws(
      readConfig({
        ...Object.fromEntries(outputs),
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_ENDPOINT_URL: endpoint,
      }),
    );
  } catch (error) {
    throw inWords(error as CloudFormationServiceException, stack);
  } finally {
    client.destroy();
  }
}

/** What goes wrong before anything is done is nearly always one of these. */
function inWords(error: CloudFormationServiceException, stack: string): Error {
  if (error.name === 'CredentialsProviderError') {
    return new UsageError('No AWS credentials were found: sign in first, or name a --profile.', { cause: error });
  }
  if (/region is missing/i.test(error.message)) {
    return new UsageError('No AWS region is known: name it with --region.', { cause: error });
  }
  if (error.name === 'ValidationError') {
    return new UsageError(`There is no stack ${stack} in this account and region: deploy it first.`, { cause: error });
  }
  return error;
}
