import 'reflect-metadata'; // @peculiar/x509 will not load without it
import { cryptoProvider, PemConverter, X509CertificateGenerator } from '@peculiar/x509';

/** Key and certificate as a printer makes them, PEM. */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  cryptoProvider.set(crypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=printer',
    keys,
    signingAlgorithm: algorithm,
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { key: PemConverter.encode(key, 'PRIVATE KEY'), cert: certificate.toString('pem') };
}
