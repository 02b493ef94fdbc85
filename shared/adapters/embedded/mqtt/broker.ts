import { type EventEmitter, once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import { PrintError } from '../../../core/domain/errors.ts';
import type { RelayId } from '../../../core/domain/ids.ts';
import type { RelayLink } from '../../../core/ports/index.ts';
import { type Presence, readUpMessage } from '../../../protocol/relay-message-schema.ts';
import { downTopic, type UpMessage, upTopic } from '../../../protocol/relay-protocol.ts';
import { log } from '../../../telemetry/log.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { limitFrames } from './frame-limit.ts';

/*
 * What AWS IoT Core is in AWS: relays connect with the certificate that names them, speak on their own up topic and
 * listen on their own down topic, and a rule puts whatever they say into a queue:
 *
 *   SELECT *, topic(3) AS relayId, timestamp() AS receivedAt, 'relay' AS origin FROM 'platen/relays/+/up'
 *
 * A message is acknowledged (PUBACK) only when it is in the queue. Nothing is kept here: a message to a relay that does
 * not listen is lost, as its next `fetch` makes good.
 */

/** [AWS IoT Core message broker limits]: more than this and the connection is closed. */
const payloadOctetsAtMost = 128 * 1024;
/** A relay that reads nothing for this long is disconnected. */
const drainMilliseconds = 10_000;
/** Connections get this long to end by themselves. */
const stopMilliseconds = 500;

/** A relay's message with the relay it came from, or a relay's connection or disconnection. */
export type BrokerEvent = { relayId: RelayId; [member: string]: unknown };

export interface BrokerOptions {
  ca: CertificateAuthority;
  /** of the first connection; higher than those of any broker before */
  firstVersion?: number;
  host: string;
  /** 0 takes a free one */
  port: number;
  /** Makes an event durable. Until it answers, the message is not acknowledged; when it throws, the relay sends again. */
  onUp: (event: BrokerEvent) => Promise<void>;
}

export interface Broker extends RelayLink {
  readonly port: number;
  stop(): Promise<void>;
}

interface Session {
  client: Client;
  /** increments with each session of a relay, also across restarts; identifies a late `disconnected` event */
  version: number;
  isListening: boolean;
}

/** Starts the broker. Authorisation is the certificate's: its common name is the relay, and the MQTT client id. */
export async function startBroker({ ca, host, port, onUp, firstVersion = Date.now() }: BrokerOptions): Promise<Broker> {
  const sessions = new Map<string, Session>();
  const sockets = new Set<Socket>();
  let latestVersion = firstVersion - 1;

  const aedes = await Aedes.createBroker({
    ...refusals(ca),
    drainTimeout: drainMilliseconds,
    // aedes writes PUBACK when this hook has answered, and not before
    authorizePublish: (client, packet, done) => {
      const relayId = client?.id as RelayId;
      const isAllowed = packet.topic === upTopic(relayId) && !packet.retain;
      const fits = packet.payload.length <= payloadOctetsAtMost;
      if (!isAllowed || !fits) return done(new Error(fits ? 'topic not allowed' : 'message too large'));
      const message = parseMessage(relayId, packet.payload);
      if (!message) return done();
      onUp({ ...message, relayId, receivedAt: Date.now() }).then(
        () => done(),
        error => {
          log.error('relay-message-not-queued', { relayId, error });
          done(new Error('not queued'));
        },
      );
    },
  });

  const tellPresence = async (type: Presence['type'], relayId: RelayId, version: number) => {
    log.info(`relay-${type}`, { relayId, version });
    await onUp({ type, relayId, at: Date.now(), version }).catch(error =>
      log.error('presence-not-queued', { relayId, error }),
    );
  };
  const farewells = new Set<Promise<void>>();
  const endSession = (relayId: RelayId, session: Session) => {
    if (sessions.get(relayId) !== session) return;
    sessions.delete(relayId);
    const farewell = tellPresence('disconnected', relayId, session.version);
    farewells.add(farewell);
    farewell.finally(() => farewells.delete(farewell));
  };

  // before CONNACK: a relay may subscribe as soon as it has that
  aedes.on('client', client => {
    if (client.closed) return;
    const relayId = client.id as RelayId;
    latestVersion += 1;
    const session = { client, version: latestVersion, isListening: false };
    const previous = sessions.get(relayId);
    sessions.set(relayId, session);
    previous?.client.close();
    client.conn.once('close', () => endSession(relayId, session));
    void tellPresence('connected', relayId, session.version);
  });
  aedes.on('subscribe', (subscriptions, client) => {
    const session = sessions.get(client.id);
    const isGranted = subscriptions.some(({ topic, qos }) => topic === downTopic(client.id) && (qos as number) !== 128);
    if (session?.client === client && isGranted) session.isListening = true;
  });
  for (const event of ['clientError', 'connectionError'] as const) {
    aedes.on(event, (client, error) => log.warn('relay-connection-failed', { relayId: client.id, error }));
  }
  (aedes as EventEmitter).on('error', error => log.error('broker-failed', { error }));
  const forgetRevoked = ca.onRevoked(relayId => sessions.get(relayId)?.client.close());

  const server = createServer({
    key: ca.server.key,
    cert: ca.server.certificate,
    ca: ca.certificate,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // a doorbell must not wait for the acknowledgement of the one before it
    noDelay: true,
  });
  // of TCP, so that those are known too that never finish their handshake
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', socket => {
    aedes.handle(socket);
    limitFrames(socket, payloadOctetsAtMost);
  });
  server.on('tlsClientError', error => log.warn('relay-tls-refused', { error }));
  server.listen(port, host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,

    async publish(relayId, message, withinMilliseconds) {
      const session = sessions.get(relayId);
      if (!session?.isListening) return;
      const payload = Buffer.from(JSON.stringify(message));
      // directly to its client, so a slow reader delays no other
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = () => reject(new PrintError('internal', 'The relay reads too slowly.'));
      const timer = withinMilliseconds === undefined ? undefined : setTimeout(late, withinMilliseconds);
      session.client.publish(
        { cmd: 'publish', topic: downTopic(relayId), payload, qos: 1, dup: false, retain: false },
        () => resolve(),
      );
      await promise.finally(() => clearTimeout(timer));
    },

    async stop() {
      forgetRevoked();
      const closed = new Promise(resolve => server.close(resolve));
      const deadline = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, stopMilliseconds);
      await new Promise<void>(resolve => aedes.close(resolve));
      await closed;
      clearTimeout(deadline);
      for (const [relayId, session] of sessions) endSession(relayId as RelayId, session);
      await Promise.all(farewells);
    },
  };
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
