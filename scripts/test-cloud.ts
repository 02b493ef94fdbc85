import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { deployTemplate, synthesized } from './deploy-template.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from './ministack.ts';
import { startBridge } from './ministack-bridge.ts';

/*
 * `npm run test:cloud`: deploys the synthesized template, synthesizing it if missing, to MiniStack and runs the tests
 * of the project `cloud`, or those of the files that are named, which print through it with a relay. With PLATEN_ENDPOINT and PLATEN_KEY set, the same
 * acceptance tests run against that deployment, in AWS or elsewhere; the key needs the scopes print and admin.
 */

const root = resolve(import.meta.dirname, '..');
const environmentName = 'dev';
const stack = `platen-${environmentName}`;

const { PLATEN_ENDPOINT, PLATEN_KEY } = process.env;
process.exitCode = await (PLATEN_ENDPOINT && PLATEN_KEY
  ? runTests({}, 'test/cloud/acceptance.test.ts')
  : testEmulated());

async function testEmulated(): Promise<number> {
  await synthesize();
  // enforces each function's role, and runs functions with this Node
  const ministack = await startMiniStack({ AUTH: 'true', PATH: `${dirname(process.execPath)}:${process.env.PATH}` });
  try {
    const settings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };
    console.log(`Deploying ${stack} to MiniStack at ${ministack.endpoint}.`);
    await deployTemplate(stack, settings);
    const bridge = await startBridge(ministack, await apiUrl(ministack.endpoint));
    const key = await firstKey(ministack.endpoint);
    const code = await runTests({ PLATEN_ENDPOINT: bridge.url, PLATEN_KEY: key }, ...process.argv.slice(2));
    await bridge.stop();
    if (code !== 0) console.log(ministack.log().slice(-20_000));
    return code;
  } catch (error) {
    console.log(ministack.log().slice(-20_000));
    throw error;
  } finally {
    await ministack.stop();
  }
}

/** An existing template may be older than the sources, like a deployment; it is tested as it is. */
async function synthesize(): Promise<void> {
  if (existsSync(join(synthesized, `${stack}.assets.json`))) {
    console.log(`Testing the existing template in ${synthesized}; run \`npm run synth\` to update it.`);
    return;
  }
  console.log('No synthesized template found: running npm run synth.');
  const child = spawn('npm', ['run', 'synth'], { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('`npm run synth` failed; see its output above.');
}

async function apiUrl(endpoint: string): Promise<string> {
  const client = new CloudFormationClient({ region: ministackRegion, credentials: ministackCredentials, endpoint });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  client.destroy();
  return Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'Url')?.OutputValue as string;
}

/** Creates a company and its first key with the admin commands. */
async function firstKey(endpoint: string): Promise<string> {
  const company = ['--company', 'acceptance'];
  await admin(endpoint, 'company', 'create', ...company);
  const lines = await admin(endpoint, 'key', 'create', ...company, '--scope', 'print', '--scope', 'admin');
  return lines.split('\n')[0] as string;
}

async function admin(endpoint: string, ...command: string[]): Promise<string> {
  const place = ['--env', environmentName, '--region', ministackRegion, '--endpoint', endpoint];
  const { accessKeyId, secretAccessKey } = ministackCredentials;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [resolve(root, 'cli/main.ts'), 'admin', ...command, ...place],
    { env: { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } },
  );
  return stdout;
}

/** One file at a time, since each starts an emulator. */
async function runTests(variables: Record<string, string>, ...files: string[]): Promise<number> {
  const vitest = resolve(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', 'cloud', '--no-file-parallelism', ...files];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...variables } });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
