import { isWanted, type LoggedEvent } from '../../../core/domain/event.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { Webhook } from '../../../core/domain/webhook.ts';
import type { Sqlite } from './sqlite.ts';

/** Queues events for the webhooks that want them, in the transaction that writes the event. */
export const makeWebhookQueue =
  (db: Sqlite, now: () => number) =>
  (companyId: CompanyId, event: LoggedEvent): void => {
    for (const { body } of db.all<{ body: string }>('SELECT body FROM webhooks WHERE company = ?', companyId)) {
      const webhook: Webhook = JSON.parse(body);
      if (webhook.state === 'disabled' || !isWanted(event, webhook)) continue;
      db.run(
        'INSERT OR REPLACE INTO deliveries (webhook, sequence, company, attempt, due_at) VALUES (?, ?, ?, 1, ?)',
        ...[webhook.id, event.sequence, companyId, now()],
      );
    }
  };
