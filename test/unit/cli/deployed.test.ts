import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openDeployed } from '../../../cli/deployed.ts';
import { type ListeningServer, startServer } from '../../../doubles/listening-server.ts';
import { queueUrlVariable, sentQueues, variables } from '../../../shared/protocol/config.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';

/** What CloudFormation answers. */
let answer: { status: number; xml: string };
let asked: { body: string; authorization?: string }[];
let cloudFormation: ListeningServer;
beforeEach(async () => {
  asked = [];
  cloudFormation = await startServer(async (request, response) => {
    const body = String(Buffer.concat(await request.toArray()));
    asked.push({ body, authorization: request.headers.authorization });
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.xml);
  });
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await cloudFormation.close();
});

function signedIn(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
}

const open = (region: string[] = ['eu-west-1']) =>
  openDeployed({ env: ['prod'], endpoint: [cloudFormation.endpoint], region });
const refusal = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

it('a deployed stack is opened by its outputs', async () => {
  signedIn();
  const names = [...Object.values(variables), ...sentQueues.map(queueUrlVariable)];
  const outputs = names.map(
    name => `<member><Description>${name}</Description><OutputValue>of ${name}</OutputValue></member>`,
  );
  const stack = `<member><StackName>platen-prod</StackName><Outputs>${outputs.join('')}</Outputs></member>`;
  const result = `<DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult>`;
  answer = { status: 200, xml: `<DescribeStacksResponse>${result}</DescribeStacksResponse>` };

  const opened = await open();

  expect(opened).toMatchObject({ backupDays: 35, eraseCompany: expect.any(Function), registry: expect.any(Object) });
  expect(asked[0]?.body).toContain('StackName=platen-prod');
  expect(asked[0]?.authorization).toContain('AKIDEXAMPLE/');
  expect(asked[0]?.authorization).toContain('/eu-west-1/cloudformation/');
});

it('a stack that is not there is named, and what to do', async () => {
  signedIn();
  answer = { status: 400, xml: refusal('ValidationError', 'Stack with id platen-prod does not exist') };

  await expect(open()).rejects.toThrow(UsageError);
  await expect(open()).rejects.toThrow('have no stack platen-prod. Deploy it first.');
});

it('any other refusal is shown as it is', async () => {
  signedIn();
  answer = { status: 403, xml: refusal('AccessDenied', 'You may not describe stacks.') };

  await expect(open()).rejects.toMatchObject({ name: 'AccessDenied', message: 'You may not describe stacks.' });
});

it('a missing region and missing credentials are named, and what to do', async () => {
  await expect(open()).rejects.toThrow('No AWS credentials were found. Sign in first, or name a --profile.');
  signedIn();
  await expect(open([])).rejects.toThrow('No AWS region is known. Name it with --region.');
  expect(asked).toEqual([]);
});
