import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamo } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { makeJobStore } from '../../../../shared/adapters/aws/dynamo/job-store.ts';
import { makeRegistry } from '../../../../shared/adapters/aws/dynamo/registry.ts';
import { clock } from '../../../../shared/adapters/aws/open-aws.ts';
import type { Ports } from '../../../../shared/core/ports/index.ts';
import { checkJob } from '../../../../shared/core/usecases/jobs/check-job.ts';
import { viewJob } from '../../../../shared/core/usecases/jobs/view-job.ts';
import { httpHandler } from '../../../../shared/handlers/http.ts';

describe('a request whose table does not answer', () => {
  let table: Server;
  let endpoint: string;
  beforeAll(async () => {
    // takes requests and keeps them
    table = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(table, 'listening');
    endpoint = `http://127.0.0.1:${(table.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    table.closeAllConnections();
    table.close();
  });

  it.each([
    ['/platen/v1/jobs/0123', /"code":"overloaded"/],
    ['/api/get/job/acme/office/laser/0123', /^Error: DynamoDB did not respond in the time of this request/],
  ])('is refused before the function ends: %s', async (path, body) => {
    const client = openDynamo({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      endpoint,
    });
    const ports = {
      clock,
      registry: makeRegistry({ client, name: 'registry' }),
      jobs: makeJobStore({ client, name: 'jobs' }, clock.now),
    } as unknown as Ports;
    const handler = httpHandler(() => ports, { viewJob, checkJob });
    const event = {
      rawPath: path,
      rawQueryString: '',
      headers: { authorization: 'Bearer 6ba7b810-9dad-11d1-80b4-00c04fd430c8' },
      requestContext: { requestId: 'r', http: { method: 'GET', path, sourceIp: '192.0.2.1' }, domainName: 'api.test' },
    } as unknown as APIGatewayProxyEventV2;
    // what is left when the reserve for the answer is taken off
    const context = { getRemainingTimeInMillis: () => 1550 } as Context;

    const answer = await handler(event, context);

    const headers = expect.objectContaining({ 'retry-after': '5' });
    expect(answer).toMatchObject({ statusCode: 503, headers, body: expect.stringMatching(body) });
    client.destroy();
  });
});
