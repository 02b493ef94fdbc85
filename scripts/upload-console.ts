import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { bundleConsole, type ConsoleFile } from '../console/bundle/bundle.ts';
import { consolePath } from '../console/bundle/policy.ts';

/*
 * The last step of a deployment with a console: its files go to the bucket of its stack, with the API's address. Done
 * here and not by CloudFormation, which would need a function with rights to every object of both buckets.
 */

type Settings = Pick<CloudFormationClientConfig, 'region' | 'profile'>;

/** Returns the address of the console. */
export async function uploadConsole(name: string, settings: Settings): Promise<string> {
  const stack = `platen-${name}`;
  const [service, page] = await Promise.all([outputsOf(settings, stack), outputsOf(settings, `${stack}-console`)]);
  const s3 = new S3Client(settings);
  for (const object of consoleObjects(await bundleConsole(), service.Url as string)) {
    await s3.send(new PutObjectCommand({ ...object, Bucket: page.Bucket }));
  }
  return page.Url as string;
}

async function outputsOf(settings: Settings, StackName: string): Promise<Record<string, string | undefined>> {
  const { Stacks = [] } = await new CloudFormationClient(settings).send(new DescribeStacksCommand({ StackName }));
  const outputs = Stacks[0]?.Outputs ?? [];
  return Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

/** In the order of writing: the page comes after the files that it names, so that it never names one that is missing. */
export function consoleObjects(files: ConsoleFile[], api: string): Omit<PutObjectCommandInput, 'Bucket'>[] {
  return files
    .toSorted((one, other) => Number(one.name === 'index.html') - Number(other.name === 'index.html'))
    .map(({ name, type, octets, isImmutable }) => ({
      Key: consolePath.slice(1) + name,
      Body: name === 'config.json' ? JSON.stringify({ api }) : octets,
      ContentType: type,
      CacheControl: isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    }));
}
