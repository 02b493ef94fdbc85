import type { EventEmitter } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Aedes } from 'aedes';
import type { MqttClient } from 'mqtt';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openCertificateAuthority } from '../../../../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import type { JobId, RelayId } from '../../../../../shared/core/domain/ids.ts';
import { downTopic, upTopic } from '../../../../../shared/protocol/relay-protocol.ts';
import { connectWith, makeRequest, startBrokerFixture, temporaryFolder } from './broker-fixture.ts';

const relayId = 'relay-1' as RelayId;
const granted = { type: 'granted', jobId: 'a'.repeat(32) as JobId, attempt: 1 } as const;
const fetchMessage = JSON.stringify({ type: 'fetch' });

describe('connections', () => {
  test('accepts a relay with its own certificate and id', async () => {
    const { connect } = await startBrokerFixture();

    const client = await connect(relayId);

    expect(client.connected).toBe(true);
  });

  test('refuses a relay with the id of another', async () => {
    const { connect } = await startBrokerFixture();

    await expect(connect(relayId, { clientId: 'relay-2' })).rejects.toThrow();
  });

  test('refuses a client without a certificate', async () => {
    const { connect } = await startBrokerFixture();

    await expect(connect(relayId, { cert: undefined, key: undefined })).rejects.toThrow();
  });

  test('refuses a certificate of another authority', async () => {
    const { broker, ca } = await startBrokerFixture();
    const other = await openCertificateAuthority(await temporaryFolder(), []);
    const { csr, key } = await makeRequest();
    const { certificate } = await other.identities({ host: '', port: 0 }).issue(relayId, csr);

    const connecting = connectWith(broker.port, { key, cert: certificate, ca: ca.certificate, clientId: relayId });

    await expect(connecting).rejects.toThrow();
  });

  test('refuses TLS before 1.2', async () => {
    const { broker, ca } = await startBrokerFixture();

    const failure = await new Promise<Error>(resolve => {
      const options = { ca: ca.certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
      connectTls({ port: broker.port, host: 'localhost', ciphers: 'DEFAULT@SECLEVEL=0', ...options }).on(
        'error',
        resolve,
      );
    });

    expect(failure).toBeInstanceOf(Error);
  });

  test('refuses a persistent session', async () => {
    const { connect } = await startBrokerFixture();

    await expect(connect(relayId, { clean: false })).rejects.toThrow();
  });

  test('refuses a last will on the topic of another', async () => {
    const { connect } = await startBrokerFixture();

    const will = { topic: upTopic('relay-2'), payload: Buffer.from('{}'), qos: 0, retain: false } as const;

    await expect(connect(relayId, { will })).rejects.toThrow();
  });

  test('a second connection takes over from the first', async () => {
    const { connect, broker } = await startBrokerFixture();
    const first = await connect(relayId);
    const firstClosed = closed(first);

    const second = await connect(relayId);
    await second.subscribeAsync(downTopic(relayId), { qos: 1 });
    await firstClosed;
    const received = nextMessage(second);
    await broker.publish(relayId, granted);

    expect(await received).toEqual(granted);
  });

  test('refuses a revoked relay, and disconnects it at once', async () => {
    const { connect, ca } = await startBrokerFixture();
    const client = await connect(relayId);
    const wasClosed = closed(client);

    await ca.identities({ host: '', port: 0 }).revoke(relayId);
    await wasClosed;

    await expect(connect(relayId)).rejects.toThrow();
  });
});

describe('a message from a relay', () => {
  test('is queued with the relay’s id and the time, whatever id it contains', async () => {
    const { connect, event } = await startBrokerFixture();
    const client = await connect(relayId);

    await client.publishAsync(upTopic(relayId), '{"type":"fetch","relayId":"relay-2"}', { qos: 1 });

    expect(await event(({ type }) => type === 'fetch')).toEqual({
      type: 'fetch',
      relayId: 'relay-1',
      receivedAt: expect.any(Number),
    });
  });

  test('is not acknowledged before it is in the queue', async () => {
    const { connect, queue } = await startBrokerFixture();
    const client = await connect(relayId);
    const asked = Promise.withResolvers<void>();
    const accepted = Promise.withResolvers<void>();
    queue.accept = () => {
      asked.resolve();
      return accepted.promise;
    };
    let isAcknowledged = false;

    const publishing = client.publishAsync(upTopic(relayId), fetchMessage, { qos: 1 }).then(() => {
      isAcknowledged = true;
    });
    await asked.promise;
    // an answer to a later request: a PUBACK written earlier would have arrived by now
    await client.subscribeAsync(downTopic(relayId), { qos: 1 });
    const wasAcknowledged = isAcknowledged;
    accepted.resolve();
    await publishing;

    expect(wasAcknowledged).toBe(false);
  });

  test('is not acknowledged when the queue fails: the connection is closed', async () => {
    const { connect, queue } = await startBrokerFixture();
    const client = await connect(relayId);
    queue.accept = async ({ type }) => {
      if (type === 'fetch') throw new Error('disk full');
    };
    const wasClosed = closed(client);
    let isAcknowledged = false;

    client.publish(upTopic(relayId), fetchMessage, { qos: 1 }, error => {
      isAcknowledged = !error;
    });
    await wasClosed;

    expect(isAcknowledged).toBe(false);
  });

  test.each(['', 'hello', '{"type":', '[]', 'null', '7', '\u0000\u0001'])(
    'is acknowledged and dropped when it is %j',
    async garbage => {
      const { connect, events } = await startBrokerFixture();
      const client = await connect(relayId);

      await client.publishAsync(upTopic(relayId), garbage, { qos: 1 });
      await client.publishAsync(upTopic(relayId), fetchMessage, { qos: 1 });

      expect(events.filter(({ type }) => type !== 'connected').map(({ type }) => type)).toEqual(['fetch']);
    },
  );

  test.each([
    ['on the topic of another', upTopic('relay-2'), {}],
    ['on its own down topic', downTopic(relayId), {}],
    ['on a system topic', '$SYS/anything', {}],
    ['to be retained', upTopic(relayId), { retain: true }],
  ])('ends the connection %s', async (_name, topic, options) => {
    const { connect, events } = await startBrokerFixture();
    const client = await connect(relayId);
    const wasClosed = closed(client);

    client.publish(topic, fetchMessage, { qos: 1, ...options });
    await wasClosed;

    expect(events.some(({ type }) => type === 'fetch')).toBe(false);
  });

  test.each([130 * 1024, 8 * 1024 * 1024])('ends the connection at %i octets', async octets => {
    const { connect, events } = await startBrokerFixture();
    const client = await connect(relayId);
    const wasClosed = closed(client);

    client.publish(upTopic(relayId), JSON.stringify({ type: 'fetch', padding: 'x'.repeat(octets) }), { qos: 1 });
    await wasClosed;

    expect(events.some(({ type }) => type === 'fetch')).toBe(false);
  });

  test('may be 120 kB long, many times over', async () => {
    const { connect, events } = await startBrokerFixture();
    const client = await connect(relayId);
    const message = JSON.stringify({ type: 'fetch', padding: 'x'.repeat(120 * 1024) });

    await Promise.all(Array.from({ length: 20 }, () => client.publishAsync(upTopic(relayId), message, { qos: 1 })));

    expect(events.filter(({ type }) => type === 'fetch')).toHaveLength(20);
  });
});

describe('a message to a relay', () => {
  test.each([downTopic('relay-2'), '#', 'platen/relays/+/down', upTopic(relayId), '$SYS/#'])(
    'is not received from %s',
    async topic => {
      const { connect } = await startBrokerFixture();
      const client = await connect(relayId);

      await expect(client.subscribeAsync(topic, { qos: 1 })).rejects.toThrow();
    },
  );

  test('is received by that relay only', async () => {
    const { connect, broker } = await startBrokerFixture();
    const one = await connect(relayId);
    const two = await connect('relay-2');
    await one.subscribeAsync(downTopic(relayId), { qos: 1 });
    await two.subscribeAsync(downTopic('relay-2'), { qos: 1 });
    const atOne = nextMessage(one);
    const atTwo = nextMessage(two);

    await broker.publish(relayId, granted);
    await broker.publish('relay-2' as RelayId, { ...granted, attempt: 2 });

    expect(await atOne).toEqual(granted);
    expect(await atTwo).toEqual({ ...granted, attempt: 2 });
  });

  test('is received by a relay that subscribes at once', async () => {
    const { connect, broker } = await startBrokerFixture();
    for (let round = 0; round < 20; round++) {
      const client = await connect(relayId);
      await client.subscribeAsync(downTopic(relayId), { qos: 1 });
      const received = nextMessage(client);

      await broker.publish(relayId, granted);

      expect(await received).toEqual(granted);
    }
  });

  test('is lost if the relay is not connected', async () => {
    const { connect, broker } = await startBrokerFixture();

    await broker.publish(relayId, granted);
    const client = await connect(relayId);
    await broker.publish(relayId, granted);
    await client.subscribeAsync(downTopic(relayId), { qos: 1 });
    const received = nextMessage(client);
    await broker.publish(relayId, { ...granted, attempt: 2 });

    expect(await received).toEqual({ ...granted, attempt: 2 });
  });

  test('times out if the relay does not read', async () => {
    const { connect, broker } = await startBrokerFixture();
    const client = await connect(relayId);
    await client.subscribeAsync(downTopic(relayId), { qos: 1 });
    client.stream.unpipe();
    client.stream.pause();
    const tickets = { type: 'tickets', tickets: [{ name: 'x'.repeat(100_000) }], more: false } as never;

    // until the buffers on the way are full
    const filling = async () => {
      for (;;) await broker.publish(relayId, tickets, 100);
    };

    await expect(filling()).rejects.toMatchObject({ name: 'PrintError', code: 'internal' });
  });
});

describe('presence', () => {
  test('is published when a relay connects and disconnects, with increasing versions', async () => {
    const { connect, event } = await startBrokerFixture();

    const first = await connect(relayId);
    const came = await event(({ type }) => type === 'connected');
    first.end();
    const went = await event(({ type }) => type === 'disconnected');
    await connect(relayId);
    const cameAgain = await event(({ type, version }) => type === 'connected' && version !== came.version);

    expect(came).toEqual({ type: 'connected', relayId, at: expect.any(Number), version: expect.any(Number) });
    expect(went.version).toBe(came.version);
    expect(cameAgain.version).toBeGreaterThan(came.version as number);
  });

  test('is published when the broker stops', async () => {
    const { connect, broker, event, events } = await startBrokerFixture();
    await connect(relayId);
    await event(({ type }) => type === 'connected');

    await broker.stop();

    expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
  });

  test('of relays that have not come back to a broker is reported on demand, and no later connection is undone', async () => {
    const { broker, connect, event, events } = await startBrokerFixture();
    await connect(relayId);
    const came = await event(({ type }) => type === 'connected');

    await broker.reportLost([relayId, 'relay-2' as RelayId]);

    const [lost, ...others] = events.filter(({ type }) => type === 'disconnected');
    expect([lost, others]).toEqual([
      { type: 'disconnected', relayId: 'relay-2', at: expect.any(Number), version: expect.any(Number) },
      [],
    ]);
    expect([lost?.version as number, lost?.at as number]).toEqual([
      expect.toSatisfy(version => version < (came.version as number)),
      expect.toSatisfy(at => at <= (came.at as number)),
    ]);
  });
});

test('an error of the broker is logged, and relays go on', async () => {
  const creating = vi.spyOn(Aedes, 'createBroker');
  onTestFinished(() => creating.mockRestore());
  const { connect } = await startBrokerFixture();
  const broker = (await creating.mock.results[0]?.value) as EventEmitter;

  broker.emit('error', new Error('something went wrong'));

  expect((await connect(relayId)).connected).toBe(true);
});

test('the broker stops despite an idle connection', async () => {
  const { broker } = await startBrokerFixture();
  const socket = connectTcp(broker.port, '127.0.0.1');
  await new Promise(resolve => socket.once('connect', resolve));

  await broker.stop();

  await expect(connectWith(broker.port, { rejectUnauthorized: false })).rejects.toThrow();
});

const closed = (client: MqttClient) => new Promise<void>(resolve => client.once('close', () => resolve()));
const nextMessage = (client: MqttClient) =>
  new Promise<unknown>(resolve => client.once('message', (_topic, payload) => resolve(JSON.parse(String(payload)))));
