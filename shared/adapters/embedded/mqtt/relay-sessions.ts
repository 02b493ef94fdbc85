import type { Client, Subscription } from 'aedes';
import type { RelayId } from '../../../core/domain/ids.ts';
import type { Presence } from '../../../protocol/relay-message-schema.ts';
import { downTopic } from '../../../protocol/relay-protocol.ts';
import type { RelayQueue } from '../../../protocol/service-table.ts';
import { log } from '../../../telemetry/log.ts';

/** A relay's message with the relay it came from, or a relay's connection or disconnection. */
export type BrokerEvent = { relayId: RelayId; [member: string]: unknown };

/** Takes an event for the function of this queue. */
export type BrokerListener = (event: BrokerEvent, queue: RelayQueue) => Promise<void>;

interface Session {
  client: Client;
  /** increments with each session of a relay, also across restarts; identifies a late `disconnected` event */
  version: number;
  isListening: boolean;
}

/** The broker refused a subscription [MQTT 3.1.1, 3.9.3]. */
const refusedQos = 128;

/** Which relays are connected: one session each, the latest wins. Every change is an event. */
export class RelaySessions {
  readonly #onUp: BrokerListener;
  readonly #sessions = new Map<RelayId, Session>();
  readonly #farewells = new Set<Promise<void>>();
  readonly #startedAt = Date.now();
  readonly #versionBefore: number;
  #latestVersion: number;

  constructor(onUp: BrokerListener, firstVersion: number) {
    this.#onUp = onUp;
    this.#versionBefore = firstVersion - 1;
    this.#latestVersion = this.#versionBefore;
  }

  /** Call before CONNACK is sent: a relay may subscribe as soon as it has that. */
  begin(client: Client): void {
    if (client.closed) return;
    const relayId = client.id as RelayId;
    this.#latestVersion += 1;
    const session = { client, version: this.#latestVersion, isListening: false };
    const previous = this.#sessions.get(relayId);
    this.#sessions.set(relayId, session);
    previous?.client.close();
    client.conn.once('close', () => this.#end(relayId, session));
    void this.#report('connected', relayId, session.version);
  }

  noteSubscription(subscriptions: Subscription[], client: Client): void {
    const session = this.#sessions.get(client.id as RelayId);
    const isGranted = subscriptions.some(
      ({ topic, qos }) => topic === downTopic(client.id) && (qos as number) !== refusedQos,
    );
    if (session?.client === client && isGranted) session.isListening = true;
  }

  /** The connection of a relay that has subscribed to its topic. */
  listener(relayId: RelayId): Client | undefined {
    const session = this.#sessions.get(relayId);
    return session?.isListening ? session.client : undefined;
  }

  disconnect(relayId: RelayId): void {
    this.#sessions.get(relayId)?.client.close();
  }

  /**
   * Reports that the connections of these relays ended with an earlier broker, unless they have connected to this one. It
   * has no effect on a relay that connects meanwhile: the version is lower.
   */
  async reportLost(relayIds: Iterable<RelayId>): Promise<void> {
    for (const relayId of relayIds) {
      if (this.#sessions.has(relayId)) continue;
      await this.#report('disconnected', relayId, this.#versionBefore, this.#startedAt);
    }
  }

  /** Ends every session; resolves when their events are stored. */
  async endAll(): Promise<void> {
    for (const [relayId, session] of this.#sessions) this.#end(relayId, session);
    await Promise.all(this.#farewells);
  }

  #end(relayId: RelayId, session: Session): void {
    if (this.#sessions.get(relayId) !== session) return;
    this.#sessions.delete(relayId);
    const farewell = this.#report('disconnected', relayId, session.version);
    this.#farewells.add(farewell);
    farewell.finally(() => this.#farewells.delete(farewell));
  }

  async #report(type: Presence['type'], relayId: RelayId, version: number, at = Date.now()): Promise<void> {
    log.info(`relay-${type}`, { relayId, connection: version });
    await this.#onUp({ type, relayId, at, version }, 'presence').catch(error =>
      log.error('presence-not-queued', { relayId, error }),
    );
  }
}
