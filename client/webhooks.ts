import type { Api } from './api.ts';
import type {
  ClientDelivery,
  ClientReplay,
  ClientWebhook,
  NewWebhook,
  ReplayRange,
  WebhookTest,
} from './webhook-types.ts';

/** Webhooks of a company; all calls need a key of the scope `admin`. See docs/events.md for what receivers check. */
export class Webhooks {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async list(): Promise<ClientWebhook[]> {
    return (await this.#api.call<{ webhooks: ClientWebhook[] }>('GET', '/webhooks')).webhooks;
  }

  /** Only this answer has the secret or public key. */
  async create(webhook: NewWebhook): Promise<ClientWebhook & { secret?: string; publicKey?: string }> {
    return await this.#api.call('POST', '/webhooks', { body: webhook });
  }

  async get(id: string): Promise<ClientWebhook> {
    return await this.#api.call('GET', at(id));
  }

  async update(
    id: string,
    changes: Partial<Omit<NewWebhook, 'signing'>> & { state?: 'active' | 'paused' },
  ): Promise<ClientWebhook> {
    return await this.#api.call('PATCH', at(id), { body: changes });
  }

  async delete(id: string): Promise<void> {
    await this.#api.call('DELETE', at(id));
  }

  /** The old secret signs beside the new one for `overlapHours`, 24 by default. */
  async rotate(id: string, overlapHours?: number): Promise<ClientWebhook & { secret?: string; publicKey?: string }> {
    return await this.#api.call('POST', at(id, '/rotate'), { body: { overlapHours } });
  }

  /** Sends a test event, and answers what the receiver answered. */
  async test(id: string): Promise<WebhookTest> {
    return await this.#api.call('POST', at(id, '/test'));
  }

  async enable(id: string, replayFrom?: number): Promise<ClientWebhook> {
    return await this.#api.call('POST', at(id, '/enable'), { body: { replayFrom } });
  }

  /** The tries of the last 7 days, newest first. */
  async deliveries(
    id: string,
    asked: { state?: 'delivered' | 'failed'; before?: number } = {},
  ): Promise<{ deliveries: ClientDelivery[]; next?: number }> {
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
    return await this.#api.call('GET', at(id, `/deliveries?${query}`));
  }

  /** Sends events again, with their ids and bodies. */
  async replay(id: string, range: ReplayRange): Promise<{ replay: string; events: number }> {
    return await this.#api.call('POST', at(id, '/replays'), { body: range });
  }

  /** How many events `replay` would send. */
  async countReplay(id: string, range: ReplayRange): Promise<number> {
    const body = { ...range, dryRun: true };
    return (await this.#api.call<{ events: number }>('POST', at(id, '/replays'), { body })).events;
  }

  async getReplay(id: string, replay: string): Promise<ClientReplay> {
    return await this.#api.call('GET', at(id, `/replays/${encodeURIComponent(replay)}`));
  }

  async stopReplay(id: string, replay: string): Promise<ClientReplay> {
    return await this.#api.call('DELETE', at(id, `/replays/${encodeURIComponent(replay)}`));
  }
}

const at = (id: string, rest = '') => `/webhooks/${encodeURIComponent(id)}${rest}`;
