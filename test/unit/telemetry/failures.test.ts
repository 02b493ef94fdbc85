import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awsError } from '../../../shared/adapters/aws/aws-error.ts';
import { makeJobStore } from '../../../shared/adapters/aws/dynamo/job-store.ts';
import { useApp } from '../../../shared/adapters/embedded/app.ts';
import { PrintError } from '../../../shared/core/domain/errors.ts';
import type { JobId } from '../../../shared/core/domain/ids.ts';
import type { Job } from '../../../shared/core/domain/job.ts';
import type { Converter } from '../../../shared/core/ports/index.ts';
import { prepareJobs } from '../../../shared/core/usecases/documents/prepare-jobs.ts';
import { queueHandler } from '../../../shared/handlers/queue.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { company, key, openWorld, relayId, type World } from '../world.ts';

/*
 * One failure of each kind, driven through the exported handlers. What an operator has is the log: it must say which
 * job of which company failed, where, and why.
 */

interface LoggedError {
  message: string;
  code?: string;
  name: string;
  stack: string;
  cause?: LoggedError;
}
type Line = Record<string, unknown> & { event: string; level: string; error?: LoggedError };

let world: World;
let lines: Line[];
let undo: () => void;

beforeEach(async () => {
  world = await openWorld();
  lines = [];
  undo = configureLog({ level: 'info', format: 'json', write: line => lines.push(JSON.parse(line)) });
});
afterEach(async () => {
  undo();
  await world.close();
});

const submit = () =>
  world.call({
    method: 'POST',
    path: '/platen/v1/jobs',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ printer: 'office:laser', name: 'hello', document: { base64: 'aGVsbG8K' } }),
  });

const submitted = async () => {
  await submit();
  return lines.find(({ event }) => event === 'job-accepted')?.jobId as string;
};

const deliver = async (handler: (event: SQSEvent, context: Context) => Promise<unknown>, ...bodies: unknown[]) => {
  const Records = bodies.map((body, index) => ({
    messageId: `message-${index}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:platen-prepare',
    attributes: { ApproximateReceiveCount: '2' },
  }));
  return await handler({ Records } as unknown as SQSEvent, { functionName: 'prepare' } as Context);
};

describe('the log, after a failure, says what an operator needs', () => {
  it('of a table that denies access', async () => {
    const client = new DynamoDBClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    });
    client.middlewareStack.add(() => async () => {
      throw Object.assign(new Error('User is not authorized to perform: dynamodb:PutItem'), {
        name: 'AccessDeniedException',
      });
    });
    useApp({ ...world.ports, jobs: makeJobStore({ client, name: 'jobs' }, world.ports.clock.now) });

    const { statusCode } = await submit();

    expect(statusCode).toBe(500);
    const [line] = lines.filter(({ level }) => level === 'error');
    expect(line).toMatchObject({ event: 'request-failed', companyId: company, route: 'POST /platen/v1/jobs' });
    expect(line).toMatchObject({ requestId: 'JKJaXmPLvHcESHA=', keyId: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(line?.error?.cause).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('PutItem'),
    });
  });

  it('of a document store that does not answer in time', async () => {
    const timeout = Object.assign(new Error('Connection timed out after 5000 ms'), { name: 'TimeoutError' });
    const put = async () => Promise.reject(awsError('S3', timeout));
    useApp({ ...world.ports, documents: { ...world.ports.documents, put } });

    expect((await submit()).statusCode).toBe(500);

    const [line] = lines.filter(({ level }) => level === 'error');
    expect(line).toMatchObject({ event: 'request-failed', companyId: company });
    expect(line?.error?.message).toContain('S3 did not respond');
    expect(line?.error?.cause?.stack).toContain('failures.test.ts');
  });

  it('of a message that cannot be parsed, and of one that fails', async () => {
    const jobId = await submitted();
    const get = async () => Promise.reject(new PrintError('internal', 'The database is locked.'));
    const converter = {} as Converter;
    const handler = queueHandler(
      () => ({ ...world.ports, converter, jobs: { ...world.ports.jobs, get } }),
      prepareJobs,
    );

    await deliver(handler, '{half', { jobIds: [jobId] });

    const poison = lines.find(({ event }) => event === 'poison-message');
    expect(poison).toMatchObject({ level: 'error', queue: 'platen-prepare', messageId: 'message-0', body: '{half' });
    const failed = lines.find(({ event }) => event === 'message-failed');
    expect(failed).toMatchObject({ jobIds: [jobId], deliveries: 2, error: { message: 'The database is locked.' } });
  });

  it('of a renderer that was killed', async () => {
    const { statusCode } = await world.call({
      method: 'POST',
      path: '/v1/pdf/convert/from/html',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ html: '<p>x</p>', async: true }),
    });
    const jobId = lines.find(({ event }) => event === 'job-accepted')?.jobId as string;
    const cause = new Error('The browser was ended by SIGKILL.');
    const killed = new PrintError('document-format-error', 'The browser ended while it rendered the page.', { cause });
    const converter: Converter = { convert: async () => Promise.reject(killed) };

    await deliver(
      queueHandler(() => ({ ...world.ports, converter }), prepareJobs),
      { jobIds: [jobId] },
    );

    expect(statusCode).toBe(200);
    const failed = lines.find(({ event }) => event === 'preparation-failed');
    expect(failed).toMatchObject({ jobIds: [jobId], companyId: company, messageId: 'message-0' });
    expect(failed?.error?.cause?.message).toBe('The browser was ended by SIGKILL.');
    const ended = lines.find(({ event }) => event === 'job-ended');
    expect(ended).toMatchObject({ level: 'warn', jobId, companyId: company, state: 'aborted' });
  });

  it('of one job in a sweep, which goes on with the others', async () => {
    const first = await submitted();
    lines = [];
    const second = await submitted();
    world.wait(8 * 24 * 60 * 60 * 1000);
    const save = async (job: Job) =>
      job.id === first ? Promise.reject(new Error('row is damaged')) : world.ports.jobs.save(job);
    useApp({ ...world.ports, jobs: { ...world.ports.jobs, save } });
    const { handler: sweep } = await import('../../../functions/sweep.ts');

    await expect(sweep({}, { functionName: 'sweep' } as Context)).rejects.toThrow('row is damaged');

    expect(lines.find(({ event }) => event === 'sweep-failed')).toMatchObject({ jobId: first, companyId: company });
    expect((await world.ports.jobs.get(second as JobId))?.standing).toBe('aborted/aborted-by-system');
  });

  it('of a relay that does not answer, and of one that goes silent', async () => {
    const publish = async () => Promise.reject(new Error('IoT endpoint: connect ETIMEDOUT'));
    useApp({ ...world.ports, relayLink: { publish } });
    const jobId = await submitted();
    expect(lines.find(({ event }) => event === 'ring-failed')).toMatchObject({
      ...{ level: 'warn', jobIds: [jobId], companyId: company, printer: 'office:laser' },
      error: { message: 'IoT endpoint: connect ETIMEDOUT' },
    });

    useApp(world.ports);
    const { handler: relayEvents } = await import('../../../functions/relay-events.ts');
    await deliver(relayEvents, { type: 'acknowledge', relayId, jobId, attempt: 1, instance: 'one' });
    expect(lines.find(({ event }) => event === 'job-granted')).toMatchObject({ jobId, relayId, companyId: company });
    world.wait(8 * 24 * 60 * 60 * 1000);
    const { handler: sweep } = await import('../../../functions/sweep.ts');
    await sweep({}, { functionName: 'sweep' } as Context);

    expect(lines.find(({ event }) => event === 'job-unconfirmed')).toMatchObject({
      ...{ level: 'warn', jobId, companyId: company, relayId, function: 'sweep' },
      message: expect.stringContaining('may have been printed'),
    });
  });
});
