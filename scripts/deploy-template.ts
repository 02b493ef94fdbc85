import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Zippable, zipSync } from 'fflate';
import type { Surroundings } from '../shared/aws/clients.ts';
import { openS3 } from '../shared/aws/s3.ts';

/*
 * Puts a synthesized stack through CloudFormation with its assets, as `cdk deploy` does, in an account that nobody
 * bootstrapped: the bucket of assets and the note of the bootstrap's version are made here.
 */

const synthesized = resolve(import.meta.dirname, '../cdk.out');
const account = '000000000000';

interface Asset {
  source: { path: string; packaging: 'zip' | 'file' };
  destinations: Record<string, { bucketName: string; objectKey: string }>;
}

/** Answers when the stack stands, or throws what CloudFormation said. */
export async function deployTemplate(stack: string, surroundings: Surroundings): Promise<void> {
  const { files } = JSON.parse(await readFile(join(synthesized, `${stack}.assets.json`), 'utf8'));
  const urls = new Map<string, string>();
  const s3 = openS3(surroundings);
  for (const { source, destinations } of Object.values(files as Record<string, Asset>)) {
    const { bucketName, objectKey } = Object.values(destinations)[0] as Asset['destinations'][string];
    const Bucket = bucketName
      .replaceAll(`\${AWS::AccountId}`, account)
      .replaceAll(`\${AWS::Region}`, surroundings.region);
    if (urls.size === 0) await s3.send(new CreateBucketCommand({ Bucket }));
    const path = join(synthesized, source.path);
    const Body = source.packaging === 'zip' ? await zipped(path) : emulable(await readFile(path, 'utf8'));
    await s3.send(new PutObjectCommand({ Bucket, Key: objectKey, Body }));
    urls.set(source.path, `${surroundings.endpoint}/${Bucket}/${objectKey}`);
  }
  s3.destroy();
  await noteBootstrap(surroundings);
  const client = new CloudFormationClient({ ...surroundings, maxAttempts: 3 });
  const TemplateURL = urls.get(`${stack}.template.json`);
  await client.send(
    new CreateStackCommand({ StackName: stack, TemplateURL, Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 300 }, { StackName: stack });
  client.destroy();
}

interface Template {
  Resources: Record<string, { Type: string; Properties?: object }>;
}

/**
 * MiniStack knows no alarms on expressions over several metrics. They are left out, and whatever shows them: no job
 * passes them on its way.
 */
function emulable(text: string): string {
  const template = JSON.parse(text) as Template;
  const isUnknown = ({ Type, Properties = {} }: Template['Resources'][string]) =>
    Type === 'AWS::CloudWatch::Alarm' && 'Metrics' in Properties;
  const unknown = Object.entries(template.Resources).flatMap(([id, resource]) => (isUnknown(resource) ? id : []));
  const isLeftOut = (id: string, resource: object) =>
    unknown.includes(id) || unknown.some(other => JSON.stringify(resource).includes(`"${other}"`));
  const kept = Object.entries(template.Resources).filter(([id, resource]) => !isLeftOut(id, resource));
  return JSON.stringify({ ...template, Resources: Object.fromEntries(kept) });
}

/** Templates look up the version of the bootstrap stack, which `cdk bootstrap` would have left there. */
async function noteBootstrap({ endpoint }: Surroundings): Promise<void> {
  const parameter = { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' };
  await fetch(endpoint as string, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.PutParameter' },
    body: JSON.stringify(parameter),
  });
}

/** Stored and not compressed: it goes nowhere. */
async function zipped(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const content: Zippable = {};
  for (const entry of entries.filter(found => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    content[relative(folder, path)] = [await readFile(path), { level: 0 }];
  }
  return zipSync(content);
}
