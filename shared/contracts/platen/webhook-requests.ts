import { PrintError } from '../../core/domain/errors.ts';
import type { DeliveryQuery } from '../../core/usecases/events/list-deliveries.ts';
import type { NewWebhook, WebhookChanges } from '../../core/usecases/events/manage-webhooks.ts';
import type { Mark, ReplayRequest } from '../../core/usecases/events/webhook-replays.ts';
import type { HttpRequest } from '../contract.ts';
import { bodyOf, queryOf } from './json-body.ts';
import * as schemas from './webhook-schemas.ts';

export const webhookAddress = ({ parameters }: HttpRequest) => ({ id: parameters.webhook as string });
export const replayAddress = (request: HttpRequest) => ({
  ...webhookAddress(request),
  replayId: request.parameters.replay as string,
});

const isEmpty = ({ body }: HttpRequest) => body.length === 0;

export const newWebhookOf = (request: HttpRequest): NewWebhook => bodyOf(request, schemas.newWebhook);

export const webhookUpdate = (request: HttpRequest): { id: string; changes: WebhookChanges } => ({
  ...webhookAddress(request),
  changes: bodyOf(request, schemas.webhookChanges),
});

export const rotationOf = (request: HttpRequest) => ({
  ...webhookAddress(request),
  ...(isEmpty(request) ? {} : bodyOf(request, schemas.rotation)),
});

export const enablingOf = (request: HttpRequest) => ({
  ...webhookAddress(request),
  ...(isEmpty(request) ? {} : bodyOf(request, schemas.enabling)),
});

export function deliveryQueryOf(request: HttpRequest): DeliveryQuery {
  const { state, ...page } = queryOf(request, schemas.deliveryQuery);
  return { ...webhookAddress(request), ...page, isDelivered: state === undefined ? undefined : state === 'delivered' };
}

export function replayOf(request: HttpRequest): ReplayRequest & { isCounted: boolean } {
  const { from, to, eventIds, failed, since, dryRun = false } = bodyOf(request, schemas.replay);
  const given = [from, eventIds, failed].filter(value => value !== undefined);
  if (given.length !== 1) {
    throw new PrintError('bad-request', 'Send one of "from", "eventIds", or "failed" with "since".');
  }
  if (failed && since === undefined) throw new PrintError('bad-request', '"since" is missing.');
  return {
    ...webhookAddress(request),
    from: from === undefined ? undefined : markOf(from),
    to: to === undefined ? undefined : markOf(to),
    eventIds,
    failedSince: since === undefined ? undefined : Date.parse(since),
    isCounted: dryRun,
  };
}

const markOf = (mark: number | string): Mark =>
  typeof mark === 'number' ? { sequence: mark } : { at: Date.parse(mark) };
