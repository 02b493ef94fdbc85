import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { Ports } from '../../ports/index.ts';

/** Another company's webhook is `not-found`, like one that does not exist. */
export async function findWebhook(
  { webhookStore }: Pick<Ports, 'webhookStore'>,
  { companyId }: Principal,
  id: string,
): Promise<Webhook> {
  const webhook = await webhookStore.getWebhook(companyId, id);
  if (!webhook) throw new PrintError('not-found', `Unknown webhook ${id.slice(0, 80)}.`);
  return webhook;
}
