import { verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { enrol } from '../../../relay/enrol.ts';
import { renewIfDue } from '../../../relay/renew.ts';
import { findDataFolder, readIdentity } from '../../../relay/settings.ts';
import { openCertificateAuthority } from '../../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import { type EnrolRequest, type RenewRequest, renewalText } from '../../../shared/protocol/relay-protocol.ts';
import { temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';

const relayId = 'relay-1' as RelayId;
const day = 24 * 60 * 60_000;
/** of certificates of the embedded broker and of AWS IoT */
const ends = Date.parse('2049-12-31T23:59:59Z');

async function enrolledRelay() {
  const ca = await openCertificateAuthority(await temporaryFolder(), []);
  const identities = ca.identities({ host: 'localhost', port: 8883 });
  const asked: { path: string; body: EnrolRequest & RenewRequest }[] = [];
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as EnrolRequest & RenewRequest;
    asked.push({ path: request.url ?? '', body });
    response.end(JSON.stringify({ relayId, locationId: 'office', ...(await identities.issue(relayId, body.csr)) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const folder = await findDataFolder(await temporaryFolder());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const identity = await enrol(folder, url, 'a-code', () => undefined);
  return { folder, identity, asked, server };
}

test('a certificate that ends soon is renewed, by the key that the relay named when it enrolled', async () => {
  const { folder, identity, asked } = await enrolledRelay();

  const renewed = await renewIfDue(folder, identity, ends - 30 * day);

  const [enrolment, renewal] = asked.map(({ body }) => body);
  expect(asked.map(({ path }) => path)).toEqual(['/platen/v1/relays/enrol', '/platen/v1/relays/renew']);
  const text = Buffer.from(renewalText(renewal as RenewRequest));
  expect(verify('sha256', text, enrolment?.publicKey ?? '', Buffer.from(renewal?.signature ?? '', 'base64'))).toBe(
    true,
  );
  expect(renewed?.certificate).not.toBe(identity.certificate);
  expect(await readIdentity(folder)).toEqual(renewed);
});

test('one that is good for long is left alone', async () => {
  const { folder, identity, asked } = await enrolledRelay();

  expect(await renewIfDue(folder, identity, ends - 90 * day)).toBeUndefined();
  expect(asked).toHaveLength(1);
});

test('a server that refuses leaves the present one in place', async () => {
  const { folder, identity, server } = await enrolledRelay();
  server.close();
  server.closeAllConnections();

  await expect(renewIfDue(folder, identity, ends - day)).rejects.toThrow();
  expect(await readIdentity(folder)).toEqual(identity);
});
