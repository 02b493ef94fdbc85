import { MqttClient } from 'mqtt';
import {
  type DownMessage,
  downTopic,
  type EnrolAnswer,
  keepaliveSeconds,
  type UpMessage,
  upTopic,
} from '../../shared/protocol/relay-protocol.ts';
import { log } from '../../shared/telemetry/log.ts';
import { type BrokerConnection, connectToBroker } from './broker-connection.ts';
import { type Endpoint, endpointsOf, startingWith } from './endpoints.ts';
import { steadyMilliseconds } from './reconnect-delay.ts';

const answerMilliseconds = 10_000;
/** Half an hour or more, with `reconnectDelay`: longer than a broker restarts, or a site is without its line. */
export const triesUntilUnreachable = 30;

export interface LinkState {
  isConnected: boolean;
  /** milliseconds since 1970 */
  since: number;
  /** where the broker was reached, or why it was not */
  detail: string;
}

export interface MqttLink {
  readonly state: LinkState;
  /** Lost when there is no connection. */
  send(message: UpMessage): void;
  stop(): Promise<void>;
}

export interface MqttLinkOptions {
  /** asked for at each connection: certificates are renewed, and brokers move */
  identity: () => EnrolAnswer;
  /** PEM */
  key: string;
  /** the only port to try; absent: see `endpointsOf` */
  mqttPort?: number;
  /** before the n-th try to connect again, from 0 */
  reconnectDelay: (tries: number) => number;
  /** connected, and listening */
  connected: () => void;
  disconnected: () => void;
  receive: (message: DownMessage) => void;
  /** The broker was reached, and refused this relay: its certificate has ended, or was revoked. */
  refused: () => void;
  /** The broker was not reached since this start, or for long: it may have moved. Called at each further failure. */
  unreachable: () => void;
}

/** The connection to the cloud: outbound, with the relay's certificate, one topic in each direction. Reconnects forever. */
export function openMqttLink(options: MqttLinkOptions): MqttLink {
  const { identity, key, mqttPort, reconnectDelay, connected, disconnected, receive, refused, unreachable } = options;
  const { relayId } = identity();
  const end = new AbortController();
  const state: LinkState = { isConnected: false, since: Date.now(), detail: 'connecting for the first time' };
  let lastGood: Endpoint | undefined;
  let failures = 0;
  let hasConnected = false;
  let client: MqttClient | undefined;
  let timer: NodeJS.Timeout | undefined;

  const note = (isConnected: boolean, detail: string) => {
    if (state.isConnected !== isConnected) state.since = Date.now();
    Object.assign(state, { isConnected, detail });
  };

  const connect = async () => {
    try {
      const { certificate, ca, mqtt: broker } = identity();
      const endpoints = startingWith(lastGood, endpointsOf(broker, mqttPort));
      const connection = await connectToBroker(endpoints, { key, cert: certificate, ca }, end.signal);
      client = converse(connection);
    } catch (error) {
      if (end.signal.aborted) return;
      log.warn('relay-connection-failed', { relayId, error });
      again((error as Error).message);
      if (isTlsAlert(error as Error)) refused();
    }
  };

  /** One MQTT session over one connection. */
  const converse = ({ socket, endpoint }: BrokerConnection): MqttClient => {
    // a message must not wait for the acknowledgement of the one before it
    socket.setNoDelay(true);
    const session = new MqttClient(() => socket, {
      clientId: relayId,
      protocolVersion: 4,
      clean: true,
      keepalive: keepaliveSeconds,
      connectTimeout: answerMilliseconds,
      reconnectPeriod: 0, // a new connection may be to another endpoint
      resubscribe: false,
    });
    let why = 'the connection was closed';
    let isAccepted = false;
    session.on('connect', () => {
      isAccepted = true;
      session.subscribe(downTopic(relayId), { qos: 1 }, error => {
        if (error) {
          why = `the broker refuses the subscription: ${error.message}`;
          socket.destroy();
          return;
        }
        lastGood = endpoint;
        hasConnected = true;
        note(true, `${endpoint.host}:${endpoint.port}`);
        log.info('relay-connected', { relayId, ...endpoint });
        connected();
      });
    });
    session.on('message', (_topic, payload) => {
      const message = parse(payload);
      if (message) receive(message);
    });
    session.on('error', error => {
      why = error.message;
      log.warn('relay-connection-failed', { relayId, error });
    });
    session.once('close', () => {
      session.end(true);
      disconnected();
      if (end.signal.aborted) return;
      again(`${endpoint.host}:${endpoint.port}: ${why}`);
      if (!isAccepted) refused();
    });
    return session;
  };

  const again = (why: string) => {
    if (state.isConnected && Date.now() - state.since >= steadyMilliseconds) failures = 0;
    note(false, why);
    const milliseconds = reconnectDelay(failures++);
    log.warn('relay-disconnected', { relayId, reconnectMilliseconds: Math.round(milliseconds) });
    if (!hasConnected || failures >= triesUntilUnreachable) unreachable();
    timer = setTimeout(() => void connect(), milliseconds);
  };

  void connect();
  return {
    state,
    send(message) {
      if (!state.isConnected) return;
      const { upTopic: topic = upTopic(relayId) } = identity();
      client?.publish(topic, JSON.stringify(message), { qos: 1 }, error => {
        if (error) log.warn('relay-message-lost', { type: message.type, error });
      });
    },
    async stop() {
      end.abort();
      clearTimeout(timer);
      note(false, 'this relay has ended the connection');
      await client?.endAsync(true);
    },
  };
}

/** Brokers that look at the certificate during the handshake end it with an alert [RFC 8446 6.2]. */
const isTlsAlert = ({ message }: Error) => /alert/i.test(message);

function parse(payload: Buffer): DownMessage | undefined {
  try {
    const message: unknown = JSON.parse(payload.toString());
    const isMessage = typeof message === 'object' && message !== null && 'type' in message;
    if (isMessage) return message as DownMessage;
  } catch {
    // logged below like any other
  }
  log.warn('message-unreadable', { octets: payload.length });
  return undefined;
}
