import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Zippable, zipSync } from 'fflate';
import type { ClientSettings } from '../shared/adapters/aws/clients.ts';
import { openS3 } from '../shared/adapters/aws/s3/s3.ts';
import { emulable } from './emulable-template.ts';

/*
 * Deploys a synthesized stack and its assets by CloudFormation, as `cdk deploy` does, to an account without CDK
 * bootstrap: creates its own bucket for assets.
 */

export const synthesized = resolve(import.meta.dirname, '../cdk.out');
const account = '000000000000';

interface Asset {
  source: { path: string; packaging: 'zip' | 'file' };
  destinations: Record<string, { bucketName: string; objectKey: string }>;
}

/** Resolves when the stack is complete; throws the CloudFormation error otherwise. */
export async function deployTemplate(stack: string, settings: ClientSettings): Promise<void> {
  const { files } = JSON.parse(await readFile(join(synthesized, `${stack}.assets.json`), 'utf8'));
  const urls = new Map<string, string>();
  const s3 = openS3(settings);
  for (const { source, destinations } of Object.values(files as Record<string, Asset>)) {
    const { bucketName, objectKey } = Object.values(destinations)[0] as Asset['destinations'][string];
    const Bucket = bucketName.replaceAll(`\${AWS::AccountId}`, account).replaceAll(`\${AWS::Region}`, settings.region);
    if (urls.size === 0) await s3.send(new CreateBucketCommand({ Bucket }));
    const path = join(synthesized, source.path);
    const Body = source.packaging === 'zip' ? await zipped(path) : emulable(await readFile(path, 'utf8'));
    await s3.send(new PutObjectCommand({ Bucket, Key: objectKey, Body }));
    urls.set(source.path, `${settings.endpoint}/${Bucket}/${objectKey}`);
  }
  s3.destroy();
  const client = new CloudFormationClient({ ...settings, maxAttempts: 3 });
  const TemplateURL = urls.get(`${stack}.template.json`);
  await client.send(
    new CreateStackCommand({ StackName: stack, TemplateURL, Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 300 }, { StackName: stack });
  client.destroy();
}

/** Stored without compression, since the archive stays on this machine. */
async function zipped(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const content: Zippable = {};
  for (const entry of entries.filter(found => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    content[relative(folder, path)] = [await readFile(path), { level: 0 }];
  }
  return zipSync(content);
}
