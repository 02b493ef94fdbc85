import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { office, someSession } from '../../../../doubles/samples.ts';
import { clock, openAws } from '../../../../shared/adapters/aws/open-aws.ts';
import type { CompanyId, JobId, RelayId, UploadId } from '../../../../shared/core/domain/ids.ts';
import type { Ports } from '../../../../shared/core/ports/index.ts';

/** Where an installation of AWS services asks: the service, and its table, queue, topic, thing or object. */
async function openInstallation() {
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
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const names = { jobsTable: 'the-jobs', uploadsTable: 'the-uploads', registryTable: 'the-registry' };
  const ports = openAws({
    ...{ region: 'eu-west-1', credentials: { accessKeyId: 'key', secretAccessKey: 'secret' }, endpoint },
    ...{ ...names, eventsTable: 'the-events', bucket: 'the-bucket', keyringKey: 'the-key' },
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
