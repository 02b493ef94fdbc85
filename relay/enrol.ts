import 'reflect-metadata'; // @peculiar/x509 will not load without it
import { webcrypto } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as x509 from '@peculiar/x509';
import { backoff } from '../shared/protocol/backoff.ts';
import type { EnrolAnswer, EnrolRequest } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import { writeDurably } from './durable.ts';
import { connectionAdvice } from './link/connection-advice.ts';
import { askServer } from './link/web.ts';
import { publicKeyOf } from './renew.ts';
import { type DataFolder, type Identity, readConfig, readIfThere, writeConfig } from './settings.ts';

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const answerMilliseconds = 30_000;
const enrolBackoff = backoff(1000, 10_000);

/** Called after each try that failed and will be repeated. */
export type OnWait = (error: Error, advice: string) => void;

/**
 * Gets this relay's identity for a one-time code. The key never leaves this machine. Key and request are stored before
 * they are used, so that after a lost answer or a crash the same request is sent and the code still works. A server that
 * is away is waited for.
 */
export async function enrol(folder: DataFolder, url: string, code: string, onWait: OnWait): Promise<Identity> {
  const csr = (await readIfThere(folder.request)) ?? (await makeRequest(folder));
  const key = (await readIfThere(folder.key)) ?? '';
  const request = { code, csr, publicKey: publicKeyOf(key) };
  const identity = await ask(new URL('/platen/v1/relays/enrol', url), request, onWait);
  await writeConfig(folder, { ...(await readConfig(folder)), server: new URL(url).origin });
  await writeDurably(folder.identity, JSON.stringify(identity));
  log.info('relay-enrolled', { relayId: identity.relayId, locationId: identity.locationId });
  return identity;
}

async function makeRequest(folder: DataFolder): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: ['Platen relay'] }], // the certificate authority sets the name
    keys,
    signingAlgorithm: ecdsa,
  });
  const csr = request.toString('pem');
  await writeDurably(folder.key, x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'));
  await writeDurably(folder.request, csr);
  return csr;
}

async function ask(url: URL, request: EnrolRequest, onWait: OnWait): Promise<EnrolAnswer> {
  for (let tries = 0; ; tries++) {
    try {
      return await post(url, request);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      onWait(error as Error, connectionAdvice(error, url.host));
      await sleep(enrolBackoff(tries));
    }
  }
}

class Refusal extends Error {}

async function post(url: URL, request: EnrolRequest): Promise<EnrolAnswer> {
  const { status, text } = await askServer(url, request, answerMilliseconds);
  if (status >= 200 && status < 300) return JSON.parse(text) as EnrolAnswer;
  const message = `The relay was not enrolled: HTTP ${status} ${text.slice(0, 500)}`;
  const isPassing = status >= 500 || status === 429;
  throw isPassing ? new Error(message) : new Refusal(message);
}
