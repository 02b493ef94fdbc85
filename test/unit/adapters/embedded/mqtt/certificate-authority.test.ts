import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCertificateAuthority } from '../../../../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import type { RelayId } from '../../../../../shared/core/domain/ids.ts';
import { type KeyAlgorithm, makeRequest, p256, temporaryFolder } from './broker-fixture.ts';

const mqtt = { host: 'localhost', port: 8883 };
const relayId = 'relay-1' as RelayId;
const rsa = (modulusLength: number): KeyAlgorithm => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
});

describe('the certificate authority', () => {
  test('names the relay in the certificate, whatever subject the request names', async () => {
    const ca = await openCertificateAuthority(await temporaryFolder(), []);
    const { csr } = await makeRequest(p256, 'CN=another-name, O=Elsewhere');

    const issued = await ca.identities(mqtt).issue(relayId, csr);

    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.subject).toBe('CN=relay-1');
    expect(certificate.verify(new X509Certificate(issued.ca).publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(issued.mqtt).toEqual(mqtt);
  });

  test('is the same authority after a restart, in a file that only its owner can read', async () => {
    const folder = await temporaryFolder();
    const first = await openCertificateAuthority(folder, []);

    const second = await openCertificateAuthority(folder, []);

    expect(second.certificate).toBe(first.certificate);
    expect((await stat(join(folder, 'certificate-authority.pem'))).mode & 0o777).toBe(0o600);
  });

  test('issues the broker a certificate for localhost and the given names', async () => {
    const ca = await openCertificateAuthority(await temporaryFolder(), ['print.example', '10.0.0.7']);

    const server = new X509Certificate(ca.server.certificate);

    for (const name of ['localhost', 'print.example']) expect(server.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', '10.0.0.7']) expect(server.checkIP(address)).toBe(address);
  });

  test.each([
    ['EC P-256', p256],
    ['RSA 2048', rsa(2048)],
  ])('signs a request with an %s key', async (_name, algorithm) => {
    const ca = await openCertificateAuthority(await temporaryFolder(), []);
    const { csr } = await makeRequest(algorithm);

    const issued = await ca.identities(mqtt).issue(relayId, csr);

    expect(new X509Certificate(issued.certificate).subject).toBe('CN=relay-1');
  });

  test.each([
    ['a weak RSA key', async () => (await makeRequest(rsa(1024))).csr],
    ['another curve', async () => (await makeRequest({ name: 'ECDSA', namedCurve: 'P-521' })).csr],
    ['a signature of another key', () => withForeignSignature()],
    ['text', async () => 'hello'],
    ['nothing', async () => ''],
    ['too much', async () => 'A'.repeat(1_000_000)],
    ['a certificate', async () => (await openCertificateAuthority(await temporaryFolder(), [])).certificate],
  ])('refuses %s', async (_name, makeCsr) => {
    const ca = await openCertificateAuthority(await temporaryFolder(), []);
    const csr = await makeCsr();

    await expect(ca.identities(mqtt).issue(relayId, csr)).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('keeps revocations across a restart', async () => {
    const folder = await temporaryFolder();
    const first = await openCertificateAuthority(folder, []);

    await first.identities(mqtt).revoke(relayId);
    const second = await openCertificateAuthority(folder, []);

    expect(second.isRevoked(relayId)).toBe(true);
    expect(second.isRevoked('relay-2')).toBe(false);
  });
});

async function withForeignSignature(): Promise<string> {
  const { csr } = await makeRequest();
  const der = Buffer.from(csr.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const last = der.length - 1;
  der[last] = (der[last] as number) ^ 1;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
}
