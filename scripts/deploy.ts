import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type EnvironmentName, environmentNames, environments } from '../infra/environments.ts';
import { readAccountFacts } from './account-facts.ts';
import { preflight } from './preflight.ts';
import { uploadConsole } from './upload-console.ts';

const help = `npm run deploy -- --env NAME

  --env NAME      ${environmentNames.join(', ')}
  --diff          shows the changes without deploying them
  --yes           does not ask for approval of wider permissions
  --profile NAME  AWS profile that supplies the credentials
  --help          shows this text

Account and region come from infra/environments.ts, or else from the profile. Before it deploys, the command checks the
account: quota of concurrent executions, CDK bootstrap, what an earlier stack has left.
`;

const root = resolve(import.meta.dirname, '..');

/** Runs a command and exits with its code if it fails. Finds the pinned tools in node_modules. */
async function carryOut(command: string, ...args: string[]): Promise<void> {
  const child = spawn(join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' });
  const code = await new Promise<number>((done, failed) => {
    child.once('error', failed);
    child.once('exit', exitCode => done(exitCode ?? 1));
  });
  if (code !== 0) process.exit(code);
}

/** Exits if the account cannot take the deployment. Checks that the credentials do not permit are left out. */
async function checkAccount(name: EnvironmentName, awsProfile: string | undefined): Promise<void> {
  const environment = environments[name];
  const settings = { region: environment.region, profile: awsProfile };
  const facts = await readAccountFacts(name, environment, settings).catch((error: Error) => {
    process.stderr.write(`The account was not checked (${error.name}: ${error.message}).\n`);
  });
  const findings = facts ? preflight(name, environment, facts) : [];
  for (const { isFatal, text } of findings) process.stderr.write(`${isFatal ? 'Error' : 'Note'}: ${text}\n`);
  if (findings.some(({ isFatal }) => isFatal)) process.exit(1);
}

/** Exits without credentials, before the build and its minute. */
async function requireCredentials(awsProfile: string | undefined): Promise<void> {
  const client = new CloudFormationClient({ profile: awsProfile });
  try {
    await client.config.credentials();
  } catch (error) {
    const advice = 'Sign in, for example with "aws sso login", set AWS_ACCESS_KEY_ID, or name a --profile.';
    process.stderr.write(`No AWS credentials: ${(error as Error).message}\n${advice}\n`);
    process.exit(1);
  } finally {
    client.destroy();
  }
}

function options() {
  try {
    return parseArgs({
      options: {
        env: { type: 'string' },
        diff: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        profile: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    return process.exit(1);
  }
}

const { env, diff, yes, profile, help: wantsHelp } = options();
if (wantsHelp) {
  process.stdout.write(help);
} else if (!env || !(environmentNames as readonly string[]).includes(env)) {
  process.stderr.write(`${env ? `Unknown environment "${env}".` : '--env is missing.'}\n\n${help}`);
  process.exitCode = 1;
} else {
  const account = profile ? ['--profile', profile] : [];
  await requireCredentials(profile);
  if (!diff) await checkAccount(env as EnvironmentName, profile);
  await carryOut('node', 'scripts/build.ts');
  await carryOut(
    'cdk',
    ...(diff ? ['diff'] : ['deploy', '--all']),
    ...['-c', `env=${env}`],
    ...account,
    ...(diff ? [] : ['--require-approval', yes ? 'never' : 'broadening']),
  );
  if (!diff && environments[env as EnvironmentName].console) {
    const { region } = environments[env as EnvironmentName];
    process.stdout.write(`Console: ${await uploadConsole(env, { region, profile })}\n`);
  }
}
