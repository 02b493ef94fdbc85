import type { EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { Aedes, type AedesOptions, type PublishPacket } from 'aedes';
import { PrintError } from '../../../core/domain/errors.ts';
import type { RelayId } from '../../../core/domain/ids.ts';
import type { RelayLink } from '../../../core/ports/index.ts';
import { readUpMessage } from '../../../protocol/relay-message-schema.ts';
import { downTopic, type UpMessage, upTopic } from '../../../protocol/relay-protocol.ts';
import { log } from '../../../telemetry/log.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { limitFrames } from './frame-limit.ts';
import { type BrokerListener, RelaySessions } from './relay-sessions.ts';
import { listenTls } from './tls-listener.ts';

/*
 * What AWS IoT Core is in AWS: relays connect with the certificate that names them, speak on their own up topic and
 * listen on their own down topic, and a rule passes on whatever they say:
 *
 *   SELECT *, topic(3) AS relayId, timestamp() AS receivedAt, 'relay' AS origin FROM 'platen/relays/+/up'
 *
 * A message is acknowledged (PUBACK) only when `onUp` has taken it, and until then no more is read of its relay. Nothing
 * is kept here: a message to a relay that does not listen is lost, as its next `fetch` makes good.
 */

/** [AWS IoT Core message broker limits]: more than this and the connection is closed. */
const payloadOctetsAtMost = 128 * 1024;
/** A relay that reads nothing for this long is disconnected. */
const drainMilliseconds = 10_000;

export interface BrokerOptions {
  ca: CertificateAuthority;
  /** of the first connection; higher than those of any broker before */
  firstVersion?: number;
  host: string;
  /** 0 takes a free one */
  port: number;
  /** Takes an event. Until it answers, the message is not acknowledged; when it throws, the relay sends again. */
  onUp: BrokerListener;
}

export interface Broker extends RelayLink {
  readonly port: number;
  /** Reports those of these relays as disconnected, since its start, that have no connection. */
  reportLost(relayIds: Iterable<RelayId>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the broker. The certificate authorises: its common name is the relay id and the MQTT client id. */
export async function startBroker({ ca, host, port, onUp, firstVersion = Date.now() }: BrokerOptions): Promise<Broker> {
  const sessions = new RelaySessions(onUp, firstVersion);
  const aedes = await Aedes.createBroker({
    ...refusals(ca),
    drainTimeout: drainMilliseconds,
    // aedes sends PUBACK when this hook has answered without an error, and not before
    authorizePublish: (client, packet, done) => {
      acceptMessage(onUp, client?.id as RelayId, packet).then(() => done(), done);
    },
  });
  aedes.on('client', client => sessions.begin(client));
  aedes.on('subscribe', (subscriptions, client) => sessions.noteSubscription(subscriptions, client));
  for (const event of ['clientError', 'connectionError'] as const) {
    aedes.on(event, (client, error) => log.warn('relay-connection-failed', { relayId: client.id, error }));
  }
  (aedes as EventEmitter).on('error', error => log.error('broker-failed', { error }));
  const forgetRevoked = ca.onRevoked(relayId => sessions.disconnect(relayId as RelayId));
  const listener = await listenTls({ ca, host, port }, socket => {
    aedes.handle(socket);
    limitFrames(socket, payloadOctetsAtMost);
  });

  return {
    port: listener.port,
    reportLost: relayIds => sessions.reportLost(relayIds),

    async publish(relayId, message, withinMilliseconds) {
      const client = sessions.listener(relayId);
      if (!client) return;
      const payload = Buffer.from(JSON.stringify(message));
      // directly to its client, so a slow reader delays no other
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = () => reject(new PrintError('internal', 'The relay reads too slowly.'));
      const timer = withinMilliseconds === undefined ? undefined : setTimeout(late, withinMilliseconds);
      const topic = downTopic(relayId);
      client.publish({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false }, () => resolve());
      await promise.finally(() => clearTimeout(timer));
    },

    async stop() {
      forgetRevoked();
      await listener.stop(() => new Promise<void>(resolve => aedes.close(resolve)));
      await sessions.endAll();
    },
  };
}

/** Passes on a relay's message. Throws for one that is not acknowledged. */
async function acceptMessage(
  onUp: BrokerOptions['onUp'],
  relayId: RelayId,
  { topic, payload, retain }: Pick<PublishPacket, 'topic' | 'payload' | 'retain'>,
): Promise<void> {
  if (topic !== upTopic(relayId) || retain) throw new Error('topic not allowed');
  if (payload.length > payloadOctetsAtMost) throw new Error('message too large');
  const message = parseMessage(relayId, payload);
  if (!message) return;
  try {
    await onUp({ ...message, relayId, receivedAt: Date.now() }, 'relay-events');
  } catch (error) {
    log.error('relay-message-not-taken', { relayId, error });
    throw new Error('not taken', { cause: error });
  }
}

/** What a relay is not let do. AWS IoT closes the connection in the same cases. */
function refusals(ca: CertificateAuthority): Pick<AedesOptions, 'preConnect' | 'authorizeSubscribe'> {
  return {
    preConnect: (client, packet, done) => {
      const relayId = (client.conn as TLSSocket).getPeerCertificate().subject?.CN;
      const isItself = relayId !== undefined && packet.clientId === relayId;
      const isWelcome = isItself && !ca.isRevoked(relayId);
      const willIsOwn = !packet.will || (packet.will.topic === upTopic(packet.clientId) && !packet.will.retain);
      // sessions that outlive their connection would pile up messages for relays that never come back
      const isAllowed = isWelcome && willIsOwn && packet.clean === true;
      done(isAllowed ? null : new Error(`connection refused to ${relayId}`), isAllowed);
    },
    authorizeSubscribe: (client, subscription, done) =>
      done(null, subscription.topic === downTopic(client.id) ? subscription : null),
  };
}

/** Undefined for a message that breaks the protocol: it is logged and acknowledged, so that it does not come again. */
function parseMessage(relayId: RelayId, payload: Buffer | string): UpMessage | undefined {
  const message = readUpMessage(parseJson(payload.toString()));
  if (!message) log.warn('relay-message-unreadable', { relayId, octets: payload.length });
  return message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // the schema refuses it, and the refusal is logged
    return undefined;
  }
}
