import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { type Broker, startBroker } from '../../../../../shared/adapters/embedded/mqtt/broker.ts';
import {
  type CertificateAuthority,
  openCertificateAuthority,
} from '../../../../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import type { BrokerEvent } from '../../../../../shared/adapters/embedded/mqtt/relay-sessions.ts';
import type { RelayId } from '../../../../../shared/core/domain/ids.ts';

export type KeyAlgorithm = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams;

export const p256: KeyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-test-'));
  // what was begun before a stop may still write
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A key, and a certificate request signed by it. */
export async function makeRequest(algorithm: KeyAlgorithm = p256, subject = 'CN=anybody') {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const signingAlgorithm = { ...algorithm, hash: 'SHA-256' };
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { csr: csr.toString('pem'), key };
}

export interface BrokerFixture {
  ca: CertificateAuthority;
  broker: Broker;
  events: BrokerEvent[];
  /** Resolves with the first matching event, past or future. */
  event: (fits: (event: BrokerEvent) => boolean) => Promise<BrokerEvent>;
  /** Replaces what happens to an event before it counts as queued. */
  queue: { accept: (event: BrokerEvent) => Promise<void> };
  connect: (relayId: string, options?: IClientOptions) => Promise<MqttClient>;
}

/** `hostNames`: of the broker's certificate, besides this machine's. */
export async function startBrokerFixture(hostNames: string[] = []): Promise<BrokerFixture> {
  const ca = await openCertificateAuthority(await temporaryFolder(), hostNames);
  const events: BrokerEvent[] = [];
  const waiting = new Set<() => void>();
  const queue = { accept: async (_event: BrokerEvent) => {} };
  const onUp = async (event: BrokerEvent) => {
    await queue.accept(event);
    events.push(event);
    for (const look of waiting) look();
  };
  const broker = await startBroker({ ca, host: '127.0.0.1', port: 0, onUp });
  onTestFinished(() => broker.stop());

  const event: BrokerFixture['event'] = fits =>
    new Promise(resolve => {
      const look = () => {
        const found = events.find(fits);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });

  const connect = async (relayId: string, options: IClientOptions = {}) => {
    const { csr, key } = await makeRequest();
    const { certificate } = await ca
      .identities({ host: 'localhost', port: broker.port })
      .issue(relayId as RelayId, csr);
    return await connectWith(broker.port, {
      key,
      cert: certificate,
      ca: ca.certificate,
      clientId: relayId,
      ...options,
    });
  };
  return { ca, broker, events, event, queue, connect };
}

/** Rejects if the connection ends before CONNACK. */
export async function connectWith(port: number, options: IClientOptions): Promise<MqttClient> {
  const client = mqtt.connect({
    protocol: 'mqtts',
    host: 'localhost',
    port,
    protocolVersion: 4,
    reconnectPeriod: 0,
    ...options,
  });
  onTestFinished(() => void client.end(true));
  return await new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client));
    client.on('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
}
