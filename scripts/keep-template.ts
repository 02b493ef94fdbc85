import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { version } from '../shared/protocol/version.ts';

/*
 * `node scripts/keep-template.ts`, at a release and after `npm run synth`: records the resources that must survive
 * every upgrade. test/unit/infra/upgrade.test.ts compares later templates with the record.
 */

/** Resources that hold data, or whose names clients and relays know. */
const lasting = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::IoT::Policy', 'AWS::ApiGatewayV2::Api'];

const root = resolve(import.meta.dirname, '..');

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

export function lastingIn({ Resources }: Template): Template {
  const kept = Object.entries(Resources).filter(([, { Type }]) => lasting.includes(Type));
  return { Resources: Object.fromEntries(kept.map(([id, { Type, Properties }]) => [id, { Type, Properties }])) };
}

async function keep(): Promise<void> {
  const synthesized = await readFile(join(root, 'cdk.out/platen-prod.template.json'), 'utf8');
  const path = join(root, `test/fixtures/infra/release-${version}.json`);
  await writeFile(path, `${JSON.stringify(lastingIn(JSON.parse(synthesized)), undefined, 2)}\n`);
  process.stdout.write(`${path}\n`);
}

if (import.meta.main) await keep();
