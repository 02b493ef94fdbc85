import 'reflect-metadata'; // required by @peculiar/x509
import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { PrintError } from '../../../core/domain/errors.ts';
import type { RelayId } from '../../../core/domain/ids.ts';
import type { RelayIdentities } from '../../../core/ports/index.ts';
import { upTopic } from '../../../protocol/relay-protocol.ts';
import { writePrivateText } from '../private-file.ts';
import { RevokedRelays } from './revoked-relays.ts';

/*
 * Equivalent of AWS IoT's certificate service: one certificate authority per installation, created on the first start.
 * Its key and certificate are in one file, so neither exists without the other. The broker's certificate is issued anew
 * at each start and its key is never written to disk. Revocation is permanent: a relay that enrols again receives a new
 * id.
 */

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** The same end date as AWS IoT's certificates. Relay certificates end by revocation. */
const notAfter = new Date('2049-12-31T23:59:59Z');
/** Tolerates relay clocks that are slow. */
const clockSkewMilliseconds = 24 * 60 * 60 * 1000;
const csrOctetsAtMost = 16 * 1024;

export interface CertificateAuthority {
  /** PEM */
  readonly certificate: string;
  /** PEM, for the broker */
  readonly server: { key: string; certificate: string };
  isRevoked(relayId: string): boolean;
  /** Calls the listener for each revoked relay. Returns a function that unsubscribes. */
  onRevoked(listener: (relayId: RelayId) => void): () => void;
  /** The RelayIdentities port, for relays that reach the broker at `mqtt`. */
  identities(mqtt: { host: string; port: number }): RelayIdentities;
}

interface Signer {
  key: webcrypto.CryptoKey;
  certificate: x509.X509Certificate;
}

/** Opens the authority in `folder`, or creates it. `hostNames` are the broker's host names besides localhost. */
export async function openCertificateAuthority(folder: string, hostNames: string[]): Promise<CertificateAuthority> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const signer = await openSigner(join(folder, 'certificate-authority.pem'));
  const revoked = new RevokedRelays(folder);
  const certificate = signer.certificate.toString('pem');

  return {
    certificate,
    server: await issueServerCertificate(signer, hostNames),
    isRevoked: relayId => revoked.has(relayId),
    onRevoked: listener => revoked.onRevoked(listener),
    identities: mqtt => ({
      idFor: async token => token as RelayId,
      issue: async (relayId, csr) => ({
        certificate: await issueRelayCertificate(signer, relayId, csr),
        ca: certificate,
        mqtt,
        upTopic: upTopic(relayId),
      }),
      revoke: relayId => revoked.add(relayId),
    }),
  };
}

async function openSigner(path: string): Promise<Signer> {
  const text = (await readIfThere(path)) ?? (await createSigner(path));
  const [key, certificate] = x509.PemConverter.decode(text) as [ArrayBuffer, ArrayBuffer];
  return {
    key: await webcrypto.subtle.importKey('pkcs8', key, ecdsa, false, ['sign']),
    certificate: new x509.X509Certificate(certificate),
  };
}

async function createSigner(path: string): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ['Platen relays'] }],
    keys,
    signingAlgorithm: ecdsa,
    notBefore: notBefore(),
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const text = `${await privateKeyPem(keys.privateKey)}\n${certificate.toString('pem')}\n`;
  await writePrivateText(path, text);
  return text;
}

async function issueServerCertificate(signer: Signer, hostNames: string[]): Promise<CertificateAuthority['server']> {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hostNames])];
  const certificate = await sign(signer, keys.publicKey, names[0] as string, [
    new x509.SubjectAlternativeNameExtension(names.map(value => ({ type: isIP(value) ? 'ip' : 'dns', value }))),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
  ]);
  return { key: await privateKeyPem(keys.privateKey), certificate };
}

async function issueRelayCertificate(signer: Signer, relayId: RelayId, csr: string): Promise<string> {
  const publicKey = await verifiedPublicKey(csr);
  return await sign(signer, publicKey, relayId, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
}

async function sign(
  signer: Signer,
  publicKey: webcrypto.CryptoKey | x509.PublicKey,
  commonName: string,
  extensions: x509.Extension[],
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [commonName] }],
    issuer: signer.certificate.subjectName,
    publicKey,
    signingKey: signer.key,
    signingAlgorithm: ecdsa,
    notBefore: notBefore(),
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
      ...extensions,
    ],
  });
  return certificate.toString('pem');
}

/** The public key of a request that is well-formed, self-signed and strong enough. Ignores the subject. */
async function verifiedPublicKey(csr: string): Promise<x509.PublicKey> {
  if (csr.length > csrOctetsAtMost)
    throw new PrintError(
      'bad-request',
      `The certificate request is too large: at most ${csrOctetsAtMost} bytes are allowed.`,
    );
  let request: x509.Pkcs10CertificateRequest;
  let key: KeyObject;
  let isSigned: boolean;
  try {
    request = new x509.Pkcs10CertificateRequest(csr);
    key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
    isSigned = await request.verify();
  } catch (cause) {
    throw new PrintError('bad-request', 'The certificate request is not a valid PKCS #10 CSR in PEM.', { cause });
  }
  if (!isSigned)
    throw new PrintError('bad-request', 'The signature of the certificate request does not match its public key.');
  if (!isStrong(key))
    throw new PrintError(
      'bad-request',
      'Unsupported key in the certificate request: use EC P-256, or RSA with at least 2048 bits.',
    );
  return request.publicKey;
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const isP256 = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
  const isLongRsa = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  return isP256 || isLongRsa;
}

const notBefore = () => new Date(Date.now() - clockSkewMilliseconds);

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
