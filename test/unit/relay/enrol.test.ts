import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { enrol } from '../../../relay/enrol.ts';
import { findDataFolder, readConfig, readIdentity, writeConfig } from '../../../relay/settings.ts';
import { openCertificateAuthority } from '../../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import { temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';
import { relayId, startEnrolmentServer } from './enrolment-server.ts';

async function startServer() {
  const ca = await openCertificateAuthority(await temporaryFolder(), []);
  const server = await startEnrolmentServer(ca.identities({ host: 'localhost', port: 8883 }));
  return { ...server, folder: await findDataFolder(await temporaryFolder()) };
}

/** Ends an enrolment that would wait. */
class Waited extends Error {}
const wait = (error: Error, advice: string) => {
  throw new Waited(`${error.message} ${advice}`);
};

test('a relay gets an identity for a code, and keeps it with its key and where the server is', async () => {
  const { folder, url, asked } = await startServer();
  await writeConfig(folder, { printers: { desk: 'ipp://desk' }, logins: {} });

  const identity = await enrol(folder, `${url}/anywhere?x=1`, 'a-code', wait);

  const [request] = asked;
  expect(asked.map(({ path }) => path)).toEqual(['/platen/v1/relays/enrol']);
  expect(request?.body).toMatchObject({ code: 'a-code', csr: await readFile(folder.request, 'utf8') });
  expect(identity).toMatchObject({ relayId, locationId: 'office' });
  expect(await readIdentity(folder)).toEqual(identity);
  expect(await readConfig(folder)).toEqual({ server: url, printers: { desk: 'ipp://desk' }, logins: {} });
  const key = await readFile(folder.key, 'utf8');
  const certificate = new X509Certificate(identity.certificate);
  expect(certificate.publicKey.equals(createPublicKey(key))).toBe(true);
  expect(createPublicKey(request?.body.publicKey ?? '').equals(certificate.publicKey)).toBe(true);
  for (const path of [folder.key, folder.identity, folder.config]) expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.each([400, 401, 404, 409, 499])('a server that refuses with HTTP %i is not asked again', async status => {
  const { folder, url, asked, refuse } = await startServer();
  refuse(status, `no ${'x'.repeat(1000)}`);

  const message = new RegExp(`^The relay was not enrolled: HTTP ${status} no x{497}$`);
  await expect(enrol(folder, url, 'a-code', wait)).rejects.toThrow(message);

  expect(asked).toHaveLength(1);
  expect(await readIdentity(folder)).toBeUndefined();
});

test.each([500, 503, 429])('a server that answers with HTTP %i is waited for', async status => {
  const { folder, url, refuse } = await startServer();
  refuse(status, 'busy');

  await expect(enrol(folder, url, 'a-code', wait)).rejects.toThrow(Waited);
});

test('the same request is sent again after an answer that was lost, and another key is not made', async () => {
  const { folder, url, asked, server } = await startServer();
  server.once('request', request => request.socket.destroy());
  const waited = await enrol(folder, url, 'a-code', wait).catch(error => error);

  await enrol(folder, url, 'a-code', wait);

  expect(waited).toBeInstanceOf(Waited);
  expect(waited.message).toContain('A firewall may block 127.0.0.1');
  const [first, second] = asked.map(({ body }) => body);
  expect(second).toEqual(first);
});

test('a server that is back is asked again', async () => {
  const { folder, url, asked, refuse } = await startServer();
  refuse(503);

  const identity = await enrol(folder, url, 'a-code', () => void refuse());

  expect(identity.relayId).toBe(relayId);
  expect(asked).toHaveLength(2);
});
