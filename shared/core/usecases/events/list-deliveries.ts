import type { Principal } from '../../domain/company.ts';
import type { Try } from '../../domain/webhook.ts';
import type { Ports } from '../../ports/index.ts';
import { findWebhook } from './find-webhook.ts';

export interface DeliveryQuery {
  id: string;
  isDelivered?: boolean;
  before?: number;
  limit: number;
}

/** Tries of the last 7 days, newest first. */
export async function listDeliveries(
  ports: Pick<Ports, 'webhookStore'>,
  principal: Principal,
  { id, ...page }: DeliveryQuery,
): Promise<{ tries: Try[]; next?: number }> {
  await findWebhook(ports, principal, id);
  return await ports.webhookStore.listTries(id, page);
}
