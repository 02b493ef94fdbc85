import 'reflect-metadata'; // @peculiar/x509 will not load without it
import { webcrypto, X509Certificate } from 'node:crypto';
import { CreatePolicyCommand } from '@aws-sdk/client-iot';
import * as x509 from '@peculiar/x509';
import { connect, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../doubles/harness.ts';
import { someRelay } from '../../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import { makeRelayIdentities, openIot } from '../../shared/adapters/aws/iot/relay-identities.ts';
import { makeRelayLink, openIotData } from '../../shared/adapters/aws/iot/relay-link.ts';
import type { RelayId } from '../../shared/core/domain/ids.ts';
import { downTopic, upTopic } from '../../shared/protocol/relay-protocol.ts';

/** Identities and publishing in AWS IoT, over mutual TLS with real certificates. */

const policyName = 'platen-relay';
const relayRule = 'platen_up';
const thing = `$\{iot:Connection.Thing.ThingName}`;
const arn = (rest: string) => `arn:aws:iot:${ministackRegion}:000000000000:${rest}`;
const allow = (action: string, ...resources: string[]) => ({
  Effect: 'Allow',
  Action: `iot:${action}`,
  Resource: resources.map(arn),
});
const policy = {
  Version: '2012-10-17',
  Statement: [
    { ...allow('Connect', `client/${thing}`), Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } } },
    allow('Publish', `topic/${upTopic(thing)}`),
    allow('Subscribe', `topicfilter/${downTopic(thing)}`),
    allow('Receive', `topic/${downTopic(thing)}`),
  ],
};

const ministack = await startMiniStack({ AUTH: 'true' });
afterAll(() => ministack.stop());

describe('relay identities on AWS IoT', () => {
  const settings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };
  const iot = openIot(settings);
  const identities = makeRelayIdentities(iot, { relayPolicy: policyName, relayRule, relayPrefix: '' });
  const link = makeRelayLink(openIotData(settings));
  let authority: string;
  let relays: MqttClient[] = [];

  beforeAll(async () => {
    await iot.send(new CreatePolicyCommand({ policyName, policyDocument: JSON.stringify(policy) }));
    authority = await (await fetch(`${ministack.endpoint}/_ministack/iot/ca.pem`)).text();
  });
  afterEach(async () => {
    for (const relay of relays.splice(0)) await relay.endAsync(true);
  });

  async function someRequest() {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=whatever the relay likes',
      keys,
      signingAlgorithm: algorithm,
    });
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    return { csr: request.toString('pem'), key };
  }

  /** Connects like a relay, to the emulator's broker with its CA. */
  async function join(relayId: string, certificate: string, key: string): Promise<MqttClient> {
    const relay = connect({
      protocol: 'mqtts',
      host: '127.0.0.1',
      port: ministack.mqttPort,
      ca: authority,
      cert: certificate,
      key,
      clientId: relayId,
      clean: true,
      reconnectPeriod: 0,
    });
    relay.on('error', () => undefined);
    relays = [...relays, relay];
    await new Promise<void>((joined, refused) => {
      relay.once('connect', () => joined());
      relay.once('close', () => refused(new Error('The broker closed the connection.')));
    });
    return relay;
  }

  const canJoin = (relayId: string, certificate: string, key: string) =>
    join(relayId, certificate, key).then(
      () => true,
      () => false,
    );

  async function enrolled() {
    const relayId = someRelay();
    const { csr, key } = await someRequest();
    const identity = await identities.issue(relayId, csr);
    return { relayId, csr, key, identity };
  }

  test('a relay receives messages published to it, and no others', async () => {
    const { relayId, key, identity } = await enrolled();
    const heard: unknown[] = [];
    const relay = await join(relayId, identity.certificate, key);
    relay.on('message', (_topic, payload) => heard.push(JSON.parse(payload.toString())));
    await relay.subscribeAsync(downTopic(relayId), { qos: 1 });

    const message = { type: 'noted', jobId: 'j' as never, attempt: 1 } as const;
    await link.publish(someRelay(), { ...message, attempt: 2 });
    await link.publish(relayId, message);

    await eventually(() => expect(heard).toEqual([message]));
  });

  test('returns the broker’s address, its CA, and the topic to publish to', async () => {
    const { relayId, identity } = await enrolled();

    expect(identity.mqtt).toEqual({ host: expect.stringMatching(/\./), port: 8883 });
    const roots = identity.ca.split(/(?<=-----END CERTIFICATE-----\n?)\n/).map(pem => new X509Certificate(pem).subject);
    expect(identity.upTopic).toBe(`$aws/rules/platen_up/platen/relays/${relayId}/up`);
    expect(roots.join()).toContain('CN=Amazon Root CA 1');
  });

  test('the certificate of one relay does not connect as another', async () => {
    const { key, identity } = await enrolled();

    expect(await canJoin(someRelay(), identity.certificate, key)).toBe(false);
  });

  test('a relay that repeats its request receives an identity for the same key', async () => {
    const { relayId, csr, key } = await enrolled();

    const again = await identities.issue(relayId, csr);

    expect(await canJoin(relayId, again.certificate, key)).toBe(true);
  });

  test('an invalid request is refused', async () => {
    await expect(identities.issue(someRelay(), 'not a request')).rejects.toMatchObject({ code: 'bad-request' });
  });

  /**
   * AWS IoT also closes existing connections within minutes, which the emulator does not [AWS IoT, UpdateCertificate].
   */
  test('a revoked relay does not connect again', async () => {
    const { relayId, csr, key, identity } = await enrolled();
    const second = await identities.issue(relayId, csr);
    const before = await canJoin(relayId, identity.certificate, key);

    await identities.revoke(relayId);

    expect(before).toBe(true);
    for (const { certificate } of [identity, second]) expect(await canJoin(relayId, certificate, key)).toBe(false);
  });

  test('revoking twice, or an unknown relay, succeeds', async () => {
    const { relayId } = await enrolled();

    await identities.revoke(relayId);
    await identities.revoke(relayId);
    await identities.revoke('unknown' as RelayId);
  });
});
