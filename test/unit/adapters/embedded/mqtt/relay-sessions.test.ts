import { EventEmitter } from 'node:events';
import type { Client, Subscription } from 'aedes';
import { describe, expect, it } from 'vitest';
import { type BrokerEvent, RelaySessions } from '../../../../../shared/adapters/embedded/mqtt/relay-sessions.ts';
import type { RelayId } from '../../../../../shared/core/domain/ids.ts';
import { downTopic, upTopic } from '../../../../../shared/protocol/relay-protocol.ts';

const relayId = 'relay-1' as RelayId;

/** A connection as the broker has it: it says that it has closed when both sides are through. */
class Connection {
  readonly id: string;
  readonly conn = new EventEmitter();
  closed = false;
  /** whether the broker has asked for its end */
  isEnding = false;

  constructor(id: string = relayId) {
    this.id = id;
  }

  close(): void {
    this.isEnding = true;
  }

  end(): void {
    this.closed = true;
    this.conn.emit('close');
  }

  get client(): Client {
    return this as unknown as Client;
  }
}

function openSessions(store: (event: BrokerEvent) => Promise<void> = async () => {}) {
  const events: [type: unknown, relayId: string, version: unknown, queue: string][] = [];
  const sessions = new RelaySessions(async (event, queue) => {
    await store(event);
    events.push([event.type, event.relayId, event.version, queue]);
  }, 10);
  const begin = (connection: Connection) => {
    sessions.begin(connection.client);
    return connection;
  };
  const subscribe = (connection: Connection, topic = downTopic(connection.id), qos = 1) =>
    sessions.noteSubscription(
      [
        { topic: '$SYS', qos: 128 },
        { topic, qos },
      ] as unknown as Subscription[],
      connection.client,
    );
  return { sessions, events, begin, subscribe };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('a session', () => {
  it('begins and ends with an event, each once and under one version', async () => {
    const { begin, events, sessions } = openSessions();

    const connection = begin(new Connection());
    connection.end();
    connection.end();
    begin(new Connection());
    await turn();
    await sessions.endAll();

    expect(events).toEqual([
      ['connected', relayId, 10, 'presence'],
      ['disconnected', relayId, 10, 'presence'],
      ['connected', relayId, 11, 'presence'],
      ['disconnected', relayId, 11, 'presence'],
    ]);
  });

  it('does not begin on a connection that has closed already', async () => {
    const { begin, events, sessions } = openSessions();

    begin(Object.assign(new Connection(), { closed: true }));
    await turn();

    expect(events).toEqual([]);
    expect(sessions.listener(relayId)).toBeUndefined();
  });

  it('takes over from the one before, whose late end is no event', async () => {
    const { begin, subscribe, events, sessions } = openSessions();
    const first = begin(new Connection());
    subscribe(first);

    const second = begin(new Connection());
    const isHeardAtOnce = sessions.listener(relayId) !== undefined;
    subscribe(first);
    const isHeardByFirst = sessions.listener(relayId) !== undefined;
    subscribe(second);
    first.end();
    await turn();

    expect([first.isEnding, second.isEnding, isHeardAtOnce, isHeardByFirst]).toEqual([true, false, false, false]);
    expect(sessions.listener(relayId)).toBe(second);
    expect(events.map(([type, , version]) => [type, version])).toEqual([
      ['connected', 10],
      ['connected', 11],
    ]);
  });

  it('ends although its event cannot be stored', async () => {
    const { begin, sessions, events } = openSessions(async () => {
      throw new Error('disk full');
    });

    begin(new Connection()).end();
    await sessions.endAll();

    expect(events).toEqual([]);
    expect(sessions.listener(relayId)).toBeUndefined();
  });
});

describe('a relay', () => {
  it.each([
    ['its own topic', downTopic(relayId), 1, true],
    ['its own topic by QoS 0', downTopic(relayId), 0, true],
    ['its own topic, which was refused', downTopic(relayId), 128, false],
    ['another topic', upTopic(relayId), 1, false],
    ['the topic of another', downTopic('relay-2'), 1, false],
  ])('that subscribes to %s is a listener: %s %i %s', (_name, topic, qos, isListener) => {
    const { begin, subscribe, sessions } = openSessions();
    const connection = begin(new Connection());

    subscribe(connection, topic, qos);

    expect(sessions.listener(relayId)).toBe(isListener ? connection : undefined);
  });

  it('that has no session cannot subscribe or be disconnected', () => {
    const { subscribe, sessions } = openSessions();

    subscribe(new Connection());
    sessions.disconnect(relayId);

    expect(sessions.listener(relayId)).toBeUndefined();
  });

  it('is disconnected alone', () => {
    const { begin, sessions } = openSessions();
    const [one, two] = [begin(new Connection()), begin(new Connection('relay-2'))];

    sessions.disconnect(relayId);

    expect([one.isEnding, two.isEnding]).toEqual([true, false]);
  });
});

it('the end of all sessions waits until their events are stored, earlier ones too', async () => {
  const stored = Promise.withResolvers<void>();
  const { begin, sessions, events } = openSessions(({ type }) =>
    type === 'disconnected' ? stored.promise : Promise.resolve(),
  );
  begin(new Connection('relay-1')).end();
  begin(new Connection('relay-2'));
  await turn();

  let isOver = false;
  const ending = sessions.endAll().then(() => {
    isOver = true;
  });
  await turn();
  const wasOver = isOver;
  stored.resolve();
  await ending;

  expect(wasOver).toBe(false);
  expect(events.filter(([type]) => type === 'disconnected').map(([, id]) => id)).toEqual(['relay-1', 'relay-2']);
});
