import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { office, someSession } from '../../../../doubles/samples.ts';
import { app } from '../../../../shared/adapters/aws/app.ts';
import { converter } from '../../../../shared/adapters/aws/converter.ts';
import { clock, openAws } from '../../../../shared/adapters/aws/open-aws.ts';
import type { CompanyId, JobId, RelayId, UploadId } from '../../../../shared/core/domain/ids.ts';
import type { ConversionContext, Ports } from '../../../../shared/core/ports/index.ts';
import { queueUrlVariable, renderVariables, sentQueues, variables } from '../../../../shared/protocol/config.ts';
import { flushMetrics, record, useMetrics } from '../../../../shared/telemetry/metrics.ts';

/** A server in the place of all services, which notes what it is asked: the service, and its table, queue, topic, thing or object. */
async function startServices() {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const [, service] = /^AWS4-HMAC-SHA256 Credential=key\/\d+\/eu-west-1\/([^/]+)\//.exec(
      request.headers.authorization ?? '',
    ) as RegExpExecArray;
    const isJson = request.headers['x-amz-target'] !== undefined;
    const { TableName, QueueUrl } = isJson ? JSON.parse(await text(request)) : {};
    asked.push(`${service} ${TableName ?? QueueUrl ?? request.url?.replace(/\?.*/, '')}`);
    // no reason to try again
    response.writeHead(400).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function openInstallation() {
  const { asked, endpoint } = await startServices();
  const ports = openAws({
    ...{ region: 'eu-west-1', credentials: { accessKeyId: 'key', secretAccessKey: 'secret' }, endpoint },
    ...{ jobsTable: 'the-jobs', uploadsTable: 'the-uploads', registryTable: 'the-registry' },
    ...{ eventsTable: 'the-events', bucket: 'the-bucket', keyringKey: 'the-key' },
    ...{ relayPolicy: 'the-policy', relayRule: 'the-rule', relayPrefix: 'the-' },
    queueUrls: { prepare: `${endpoint}/prepare`, offer: `${endpoint}/offer`, notify: `${endpoint}/notify` },
  });
  return { ports, asked, endpoint };
}

const acme = 'acme' as CompanyId;
const id = 'a'.repeat(32);

describe('the adapters of an installation in AWS', () => {
  it.each<[keyof Ports, string, (ports: Ports) => Promise<unknown>]>([
    ['jobs', 'dynamodb the-jobs', ({ jobs }) => jobs.get(id as JobId)],
    ['documentUse', 'dynamodb the-jobs', ({ documentUse }) => documentUse.share('a document', [id as JobId])],
    ['storedOctets', 'dynamodb the-jobs', ({ storedOctets }) => storedOctets.add(acme, 1)],
    ['uploads', 'dynamodb the-uploads', ({ uploads }) => uploads.get(id as UploadId)],
    ['registry', 'dynamodb the-registry', ({ registry }) => registry.getCompany(acme)],
    ['events', 'dynamodb the-events', ({ events }) => events.find(acme, 'an event')],
    ['eventWriter', 'dynamodb the-events', ({ eventWriter }) => eventWriter.isInUse(acme)],
    ['webhookStore', 'dynamodb the-events', ({ webhookStore }) => webhookStore.healthOf('a webhook')],
    ['keyring', 'dynamodb the-events', ({ keyring }) => keyring.keyFor('webhook-secrets')],
    ['documents', 's3 /the-bucket/a-document', ({ documents }) => documents.octets('a-document')],
    ['pieces', 's3 /the-bucket/', ({ pieces }) => pieces.list(someSession(acme), 0)],
    ['queue', 'sqs ENDPOINT/offer', ({ queue }) => queue.send('offer', [{ companyId: acme, printer: office }])],
    [
      'relayLink',
      'iotdata /topics/platen%2Frelays%2Fthe-relay%2Fdown',
      ({ relayLink }) => relayLink.publish('the-relay' as RelayId, { type: 'tickets', tickets: [], more: false }),
    ],
    [
      'relayIdentities',
      'iot /things/the-relay/principals',
      ({ relayIdentities }) => relayIdentities.revoke('the-relay' as RelayId),
    ],
  ])('%s ask %s, and once', async (_name, place, call) => {
    const { ports, asked, endpoint } = await openInstallation();

    await expect(call(ports)).rejects.toMatchObject({ name: 'PrintError', code: 'internal' });

    expect(asked).toEqual([place.replace('ENDPOINT', endpoint)]);
  });

  it('make addresses and names without a request', async () => {
    const { ports, asked, endpoint } = await openInstallation();

    const address = await ports.documents.presignRead('a-document', { expiresSeconds: 60 });
    const relayId = await ports.relayIdentities.idFor('relay');

    expect(address).toMatch(new RegExp(`^${endpoint}/the-bucket/a-document\\?`));
    expect([relayId, asked]).toEqual(['the-relay', []]);
  });

  it('draw tokens of 128 bits', () => {
    const tokens = Array.from({ length: 10 }, () => clock.token());

    expect(new Set(tokens).size).toBe(10);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
  });
});

it('a function opens its adapters and its converter once, by its environment', async () => {
  const { asked, endpoint } = await startServices();
  const named = Object.values(variables).map(name => [name, `the ${name}`]);
  const queues = sentQueues.map(queue => [queueUrlVariable(queue), endpoint]);
  const render = [renderVariables.name, renderVariables.largeName].map(name => [name, `the ${name}`]);
  const own = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
  const all = { ...Object.fromEntries([...named, ...queues, ...render]), ...own, AWS_ENDPOINT_URL: endpoint };
  for (const [name, value] of Object.entries<string>(all)) vi.stubEnv(name, value);
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(chunk => lines.push(`${chunk}`) > 0);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    write.mockRestore();
    useMetrics(undefined);
  });

  const ports = app();
  record('jobsAccepted');
  const opened = app();
  flushMetrics();
  const calls = [
    ports.registry.getCompany(acme),
    converter.convert({ kind: 'hash', document: { kind: 'inline' } }, { companyId: acme } as ConversionContext),
  ];

  for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'internal' });
  expect(opened).toBe(ports);
  expect(lines.map(line => JSON.parse(line))).toMatchObject([{ jobsAccepted: [1] }]);
  expect(asked.toSorted()).toEqual([variables.jobsTable, variables.registryTable].map(name => `dynamodb the ${name}`));
});
