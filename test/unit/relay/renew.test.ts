import { verify } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PlaceLost, renew, renewIfDue } from '../../../relay/renew.ts';
import { type DataFolder, readIdentity } from '../../../relay/settings.ts';
import { openCertificateAuthority } from '../../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import { type RenewRequest, renewalText } from '../../../shared/protocol/relay-protocol.ts';
import { temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';
import { enrolledFolder, startEnrolmentServer } from './enrolment-server.ts';

const day = 24 * 60 * 60_000;
/** of certificates of the embedded broker and of AWS IoT */
const ends = Date.parse('2049-12-31T23:59:59Z');

async function enrolledRelay() {
  const ca = await openCertificateAuthority(await temporaryFolder(), []);
  const server = await startEnrolmentServer(ca.identities({ host: 'localhost', port: 8883 }));
  return { ...server, ...(await enrolledFolder(server.url)) };
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

test.each([
  [60 * day + 1, false],
  [60 * day, true],
])('one that ends in %i milliseconds is renewed: %s', async (milliseconds, isRenewed) => {
  const { folder, identity, asked } = await enrolledRelay();

  const renewed = await renewIfDue(folder, identity, ends - milliseconds);

  expect([renewed !== undefined, asked.length]).toEqual([isRenewed, isRenewed ? 2 : 1]);
});

test.each([301, 400, 500])('a server that refuses with HTTP %i leaves the present one in place', async status => {
  const { folder, identity, refuse } = await enrolledRelay();
  refuse(status, `no ${'x'.repeat(1000)}`);

  const error = await renew(folder, identity, ends).catch(error => error);

  expect(error).not.toBeInstanceOf(PlaceLost);
  expect(error.message).toMatch(new RegExp(`^HTTP ${status} no x{497}$`));
  expect(await readIdentity(folder)).toEqual(identity);
});

test.each([
  ['{"detail":"Relay relay-2 is in its place."}', 'Relay relay-2 is in its place.'],
  ['Gone.', 'Gone.'],
])('a relay that has lost its place hears why: %s', async (text, why) => {
  const { folder, identity, refuse } = await enrolledRelay();
  refuse(410, text);

  const error = await renew(folder, identity, ends).catch(error => error);

  expect(error).toBeInstanceOf(PlaceLost);
  expect(error.message).toBe(why);
});

test.each(['key', 'request', 'config'] as (keyof DataFolder)[])(
  'a relay without its %s names what to do: enrol again',
  async file => {
    const { folder, identity, asked } = await enrolledRelay();
    await rm(folder[file]);

    await expect(renew(folder, identity, ends)).rejects.toThrow('enrol it again');
    expect(asked).toHaveLength(1);
  },
);

test('a server that is away leaves the present one in place', async () => {
  const { folder, identity, server } = await enrolledRelay();
  server.close();
  server.closeAllConnections();

  await expect(renewIfDue(folder, identity, ends - day)).rejects.toThrow();
  expect(await readIdentity(folder)).toEqual(identity);
});
