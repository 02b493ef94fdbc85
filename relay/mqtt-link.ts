import mqtt from 'mqtt';
import { type DownMessage, downTopic, type UpMessage, upTopic } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import { backoff } from './backoff.ts';
import type { Identity } from './settings.ts';

const keepaliveSeconds = 30;
const connectMilliseconds = 10_000;
const reconnectBackoff = backoff(500, 60_000);

export interface MqttLink {
  /** Lost when there is no connection. */
  send(message: UpMessage): void;
  stop(): Promise<void>;
}

export interface MqttLinkOptions {
  identity: Identity;
  /** PEM */
  key: string;
  /** connected, and listening */
  connected: () => void;
  receive: (message: DownMessage) => void;
}

/** The connection to the cloud: outbound, with the relay's certificate, one topic in each direction. Reconnects forever. */
export function openMqttLink({ identity, key, connected, receive }: MqttLinkOptions): MqttLink {
  const { relayId, certificate, ca, mqtt: broker, upTopic: topic = upTopic(relayId) } = identity;
  let failures = 0;
  let isListening = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const client = mqtt.connect({
    protocol: 'mqtts',
    ...broker,
    key,
    cert: certificate,
    ca,
    clientId: relayId,
    protocolVersion: 4,
    clean: true,
    keepalive: keepaliveSeconds,
    connectTimeout: connectMilliseconds,
    reconnectPeriod: 0, // ours has chance in it
    resubscribe: false,
  });
  client.on('connect', () => {
    // a message must not wait for the acknowledgement of the one before it
    (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
    client.subscribe(downTopic(relayId), { qos: 1 }, error => {
      if (error) {
        log.warn('relay-not-listening', { error });
        client.stream.destroy();
        return;
      }
      failures = 0;
      isListening = true;
      log.info('relay-connected', { relayId, host: broker.host, port: broker.port });
      connected();
    });
  });
  client.on('message', (_topic, payload) => {
    const message = parse(payload);
    if (message) receive(message);
  });
  client.on('error', error => log.warn('relay-connection-failed', { relayId, error }));
  client.on('close', () => {
    isListening = false;
    clearTimeout(timer);
    if (isStopped) return;
    const milliseconds = reconnectBackoff(failures++);
    log.warn('relay-disconnected', { relayId, reconnectMilliseconds: Math.round(milliseconds) });
    timer = setTimeout(() => client.reconnect(), milliseconds);
  });

  return {
    send(message) {
      if (!isListening) return;
      client.publish(topic, JSON.stringify(message), { qos: 1 }, error => {
        if (error) log.warn('relay-message-lost', { type: message.type, error });
      });
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await client.endAsync(true);
    },
  };
}

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
