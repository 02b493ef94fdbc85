import { EventEmitter, once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TcpProxy } from '../../../../doubles/faults/tcp-proxy.ts';
import { startWebProxy } from '../../../../doubles/web-proxy.ts';
import { connectToBroker } from '../../../../relay/link/broker-connection.ts';
import { endpointsOf, startingWith } from '../../../../relay/link/endpoints.ts';
import { openMqttLink, triesUntilUnreachable } from '../../../../relay/link/mqtt-link.ts';
import { steadyMilliseconds } from '../../../../relay/link/reconnect-delay.ts';
import { proxyEnvironment } from '../../../../relay/link/web-proxy.ts';
import { startBroker } from '../../../../shared/adapters/embedded/mqtt/broker.ts';
import type { RelayId } from '../../../../shared/core/domain/ids.ts';
import type { EnrolAnswer } from '../../../../shared/protocol/relay-protocol.ts';
import { makeRequest, startBrokerFixture } from '../../adapters/embedded/mqtt/broker-fixture.ts';

const relayId = 'relay-1' as RelayId;
const never = new AbortController().signal;

/** A broker that its relay knows by a name and port which only a proxy can reach. */
async function brokerBehindProxy(name: string, port: number) {
  const { broker, ca, event } = await startBrokerFixture([name]);
  const { csr, key } = await makeRequest();
  const identity = await ca.identities({ host: name, port }).issue(relayId, csr);
  const proxy = await startWebProxy(target =>
    target === `${name}:443` || target === `${name}:${port}` ? { host: '127.0.0.1', port: broker.port } : undefined,
  );
  onTestFinished(() => proxy.stop());
  vi.stubEnv('HTTPS_PROXY', proxy.url);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { proxy, event, key, identity: { relayId, locationId: 'office', ...identity } as EnrolAnswer };
}

function link(identity: EnrolAnswer, key: string, mqttPort?: number) {
  const connected = vi.fn();
  const opened = openMqttLink({
    identity: () => identity,
    key,
    mqttPort,
    reconnectDelay: () => 1,
    connected,
    disconnected: () => {},
    receive: () => {},
    refused: () => {},
    unreachable: () => {},
  });
  onTestFinished(() => opened.stop());
  return { link: opened, connected };
}

test('a relay reaches its broker through the web proxy of its site, at port 443 by ALPN', async () => {
  const { proxy, event, identity, key } = await brokerBehindProxy('print.example', 8883);

  const { connected, link: opened } = link(identity, key, 443);
  await event(({ type }) => type === 'connected');
  await vi.waitFor(() => expect(connected).toHaveBeenCalled());

  expect(proxy.asked).toEqual(['print.example:443']);
  expect(opened.state).toMatchObject({ isConnected: true, detail: 'print.example:443' });
});

test('messages go both ways through the proxy', async () => {
  const { event, identity, key } = await brokerBehindProxy('print.example', 8883);
  const { connected, link: opened } = link(identity, key);
  await vi.waitFor(() => expect(connected).toHaveBeenCalled());

  opened.send({ type: 'fetch', instance: 'i' });

  expect(await event(({ type }) => type === 'fetch')).toMatchObject({ relayId, instance: 'i' });
});

test('where the first port is closed the next one is used, and kept', async () => {
  const { broker, ca } = await startBrokerFixture();
  const { csr, key } = await makeRequest();
  const { certificate } = await ca.identities({ host: 'localhost', port: 1 }).issue(relayId, csr);
  const endpoints = [
    { host: 'localhost', port: 1 },
    { host: 'localhost', port: broker.port },
  ];

  const { socket, endpoint } = await connectToBroker(endpoints, { key, cert: certificate, ca: ca.certificate }, never);
  socket.destroy();

  expect(endpoint).toEqual(endpoints[1]);
  expect(startingWith(endpoint, endpoints)).toEqual([endpoints[1], endpoints[0]]);
});

test('an error names each endpoint and what it answered', async () => {
  const { identity, key } = await brokerBehindProxy('print.example', 8883);
  const elsewhere = { host: 'other.example', port: 8883 };

  const connecting = connectToBroker([elsewhere], { key, cert: identity.certificate, ca: identity.ca }, never);

  await expect(connecting).rejects.toThrow(/^other\.example:8883: .*403/);
});

test('a server that is not the broker is refused', async () => {
  const { identity, key } = await brokerBehindProxy('print.example', 8883);
  const wrongName = { host: 'print.example', port: 8883 };

  const connecting = connectToBroker([wrongName], { key, cert: identity.certificate, ca: '' }, never);

  await expect(connecting).rejects.toThrow('print.example:8883');
});

test.each([
  [{ host: 'x-ats.iot.eu-central-1.amazonaws.com', port: 8883 }, undefined, [443, 8883]],
  [{ host: 'print.example', port: 8883 }, undefined, [8883, 443]],
  [{ host: 'print.example', port: 443 }, undefined, [443]],
  [{ host: 'print.example', port: 8883 }, 9000, [9000]],
])('%j with --mqtt-port %s is tried at %j', (known, port, ports) => {
  expect(endpointsOf(known, port).map(endpoint => endpoint.port)).toEqual(ports);
});

test('a proxy is not used for this machine, nor for what NO_PROXY names', () => {
  expect(proxyEnvironment({ https_proxy: 'http://p:3128', NO_PROXY: '.corp' })).toEqual({
    HTTPS_PROXY: 'http://p:3128',
    HTTP_PROXY: undefined,
    NO_PROXY: '.corp,localhost,127.0.0.1,::1,[::1]',
  });
});

test('a relay whose broker moves while it is connected asks after many tries, and connects to its new address', async () => {
  const { broker, ca } = await startBrokerFixture();
  const elsewhere = await startBroker({ ca, host: '127.0.0.1', port: 0, onUp: async () => {} });
  onTestFinished(() => elsewhere.stop());
  const { csr, key } = await makeRequest();
  const issued = await ca.identities({ host: 'localhost', port: broker.port }).issue(relayId, csr);
  let identity = { relayId, locationId: 'office', ...issued } as EnrolAnswer;
  const connected = vi.fn();
  let tries = 0;
  const askedAfter: number[] = [];
  const opened = openMqttLink({
    identity: () => identity,
    key,
    reconnectDelay: () => {
      tries++;
      return 0;
    },
    connected,
    disconnected: () => {},
    receive: () => {},
    refused: () => {},
    unreachable: () => {
      askedAfter.push(tries);
      identity = { ...identity, mqtt: { host: 'localhost', port: elsewhere.port } };
    },
  });
  onTestFinished(() => opened.stop());
  await vi.waitFor(() => expect(connected).toHaveBeenCalledTimes(1));

  await broker.stop();

  await vi.waitFor(() => expect(connected).toHaveBeenCalledTimes(2), 20_000);
  expect(opened.state.detail).toBe(`localhost:${elsewhere.port}`);
  expect(askedAfter).toEqual([triesUntilUnreachable]);
});

test('a relay that does not reach its broker after its start asks at once', async () => {
  const { broker, ca } = await startBrokerFixture();
  const { csr, key } = await makeRequest();
  const issued = await ca.identities({ host: 'localhost', port: 1 }).issue(relayId, csr);
  let identity = { relayId, locationId: 'office', ...issued } as EnrolAnswer;
  const unreachable = vi.fn(() => {
    identity = { ...identity, mqtt: { host: 'localhost', port: broker.port } };
  });
  const connected = vi.fn();
  const refused = () => {};
  const reconnectDelay = vi.fn(() => 0);
  const unused = { disconnected: () => {}, receive: () => {}, refused };
  const opened = openMqttLink({
    identity: () => identity,
    key,
    reconnectDelay,
    connected,
    unreachable,
    ...unused,
  });
  onTestFinished(() => opened.stop());

  await vi.waitFor(() => expect(connected).toHaveBeenCalled());

  expect(reconnectDelay).toHaveBeenCalledTimes(1);
  expect(unreachable).toHaveBeenCalledTimes(1);
});

test('a connection that ends within a minute counts as a failed try, and one that lasted begins anew', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { broker, ca } = await startBrokerFixture();
  const line = await TcpProxy.start(() => broker.port);
  onTestFinished(() => line.stop());
  const { csr, key } = await makeRequest();
  const issued = await ca.identities({ host: 'localhost', port: line.port }).issue(relayId, csr);
  const events = new EventEmitter();
  const opened = openMqttLink({
    identity: () => ({ relayId, locationId: 'office', ...issued }) as EnrolAnswer,
    key,
    mqttPort: line.port,
    reconnectDelay(tries) {
      line.become('open');
      events.emit('tries', tries);
      return 0;
    },
    connected: () => events.emit('connected'),
    disconnected: () => {},
    receive: () => {},
    refused: () => {},
    unreachable: () => {},
  });
  onTestFinished(() => opened.stop());
  const triesAfter: number[] = [];

  for (const lasted of [0, steadyMilliseconds - 1, steadyMilliseconds]) {
    await once(events, 'connected');
    vi.setSystemTime(Date.now() + lasted);
    const tries = once(events, 'tries');
    line.become('cut');
    triesAfter.push(...(await tries));
  }

  expect(triesAfter).toEqual([0, 1, 0]);
});
