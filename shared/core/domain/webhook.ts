import { PrintError } from './errors.ts';
import type { EventFilter, NewEvent } from './event.ts';
import type { CompanyId } from './ids.ts';
import { timeText } from './records.ts';
import type { Signing } from './webhook-signature.ts';

/** An address to which a company's events are sent, signed by Standard Webhooks 1.0.0. */
export interface Webhook extends Pick<EventFilter, 'types' | 'locations' | 'printers'> {
  id: string;
  companyId: CompanyId;
  name: string;
  url: string;
  signing: Signing;
  /** encrypted, the newest first; an older one signs beside it until its time */
  keys: { sealed: string; until?: number }[];
  state: 'active' | 'paused' | 'disabled';
  /** `failing`: nothing was delivered for three days; `gone`: the receiver answered 410 */
  disabledReason?: 'failing' | 'gone';
  createdAt: number;
  version: number;
}

/** How the receiver does; written more often than the webhook itself. */
export interface WebhookHealth {
  /** failed tries in a row */
  failures: number;
  triedAt?: number;
  lastSuccessAt?: number;
  lastFailure?: { at: number; status?: number; message: string };
  /** nothing is sent before this time */
  waitUntil?: number;
}

/** An event that a webhook has not received yet. */
export interface Delivery {
  companyId: CompanyId;
  webhookId: string;
  sequence: number;
  /** of the next try, from 1 */
  attempt: number;
  firstTriedAt?: number;
  /** undefined when all tries failed: it is kept for a replay */
  dueAt?: number;
  replayId?: string;
  /** which of the webhook's few places it has while it is under way, in AWS */
  place?: number;
}

/** One try, kept for 7 days. */
export interface Try {
  eventId: string;
  sequence: number;
  attempt: number;
  at: number;
  isDelivered: boolean;
  status?: number;
  milliseconds: number;
  error?: string;
  replayId?: string;
}

export interface Replay {
  id: string;
  companyId: CompanyId;
  webhookId: string;
  events: number;
  createdAt: number;
}

export const webhooksPerCompany = 20;
const urlCharacters = 2000;

/**
 * Throws `bad-address` for an address that is never called. `mayBeHttp` says whether the operator permits the host
 * without encryption.
 */
export function checkWebhookUrl(text: string, mayBeHttp: (url: URL) => boolean): void {
  const url = text.length <= urlCharacters ? URL.parse(text) : undefined;
  if (!url) throw new PrintError('bad-address', `"url" must be an address of at most ${urlCharacters} characters.`);
  const port = Number(url.port || 443);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBeHttp(url)))
    throw new PrintError('bad-address', `"url" must begin with https://, not ${url.protocol}//.`);
  if (url.username || url.password)
    throw new PrintError('bad-address', '"url" may not contain a user name or password. Check the signature instead.');
  if (url.protocol === 'https:' && port !== 443 && port < 1024)
    throw new PrintError('bad-address', `"url" may not use port ${port}: use 443 or a port above 1023.`);
}

/** The event of a webhook that was disabled. It goes to the company's other webhooks. */
export function webhookEvents(before: Webhook | undefined, after: Webhook, at: number): NewEvent[] {
  if (after.state !== 'disabled' || before?.state === 'disabled') return [];
  const { companyId, id: subject, version: subjectVersion } = after;
  const data = { webhook: { id: subject, name: after.name, url: after.url, disabledReason: after.disabledReason } };
  return [{ companyId, type: 'webhook.disabled', at, subject, subjectVersion, data }];
}

/** The event of a test; it is in no log. */
export function testEvent({ companyId, id: subject, name, version }: Webhook, at: number): NewEvent {
  const data = { webhook: { id: subject, name }, sentAt: timeText(at) };
  return { companyId, type: 'webhook.test', at, subject, subjectVersion: version, data };
}
