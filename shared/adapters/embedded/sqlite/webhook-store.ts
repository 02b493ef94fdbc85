import type { CompanyId } from '../../../core/domain/ids.ts';
import {
  type Delivery,
  type Replay,
  type Try,
  type Webhook,
  type WebhookHealth,
  webhookEvents,
} from '../../../core/domain/webhook.ts';
import type { Saved, WebhookStore } from '../../../core/ports/index.ts';
import type { EventAppender } from './event-log.ts';
import type { Sqlite } from './sqlite.ts';

type Body = { body: string };

interface Row {
  webhook: string;
  sequence: number;
  company: CompanyId;
  attempt: number;
  first_tried_at: number | null;
  due_at: number | null;
  replay: string | null;
}

/** What the server asks for when it looks for work. */
export interface DueDeliveries {
  /** Webhooks that deliver, of one company or of all. */
  activeWebhooks(companyId?: CompanyId): Webhook[];
  /** Deliveries of a webhook that are due and not taken, the oldest first. */
  dueOf(webhookId: string, limit: number): Delivery[];
}

/** What a lost write would cost is a second delivery with the same id, so none of these waits for the disk. */
const relaxed = { relaxed: true };

export function makeWebhookStore(db: Sqlite, now: () => number, events: EventAppender): WebhookStore & DueDeliveries {
  const find = (companyId: CompanyId, id: string) => {
    const row = db.get<Body>('SELECT body FROM webhooks WHERE company = ? AND id = ?', companyId, id);
    return row && (JSON.parse(row.body) as Webhook);
  };
  const all = (companyId?: CompanyId) =>
    (companyId === undefined
      ? db.all<Body>('SELECT body FROM webhooks')
      : db.all<Body>('SELECT body FROM webhooks WHERE company = ? ORDER BY rowid', companyId)
    ).map(({ body }) => JSON.parse(body) as Webhook);
  const putDelivery = ({ webhookId, sequence, companyId, attempt, firstTriedAt, dueAt, replayId }: Delivery) =>
    db.run(
      `INSERT OR REPLACE INTO deliveries (webhook, sequence, company, attempt, first_tried_at, due_at, replay)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[webhookId, sequence, companyId, attempt, firstTriedAt ?? null, dueAt ?? null, replayId ?? null],
    );
  const putHealth = (webhookId: string, health: WebhookHealth) =>
    db.run('INSERT OR REPLACE INTO webhook_health (webhook, body) VALUES (?, ?)', webhookId, JSON.stringify(health));
  const putTry = (webhookId: string, tried: Try) =>
    db.run('INSERT INTO tries (webhook, at, body) VALUES (?, ?, ?)', webhookId, tried.at, JSON.stringify(tried));
  /** Until when deliveries are taken. This process alone delivers, so this need not be stored. */
  const taken = new Map<string, number>();
  const isTaken = (delivery: Pick<Delivery, 'webhookId' | 'sequence'>) => (taken.get(nameOf(delivery)) ?? 0) > now();
  const takenOf = (webhookId: string) =>
    [...taken].filter(([name, until]) => name.startsWith(`${webhookId} `) && until > now()).length;
  const nameOf = ({ webhookId, sequence }: Pick<Delivery, 'webhookId' | 'sequence'>) => `${webhookId} ${sequence}`;
  const deliveries = (where: string, ...values: (string | number)[]) =>
    db.all<Row>(`SELECT * FROM deliveries WHERE ${where}`, ...values).map(deliveryIn);

  return {
    async listWebhooks(companyId) {
      return all(companyId);
    },

    async getWebhook(companyId, id) {
      return find(companyId, id);
    },

    saveWebhook(webhook) {
      const { companyId, id } = webhook;
      return db.write((): Saved<Webhook> => {
        const before = find(companyId, id);
        if ((before?.version ?? 0) !== webhook.version) return { conflict: before };
        const saved = { ...webhook, version: webhook.version + 1 };
        db.run(
          `INSERT INTO webhooks (company, id, version, body) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET version = excluded.version, body = excluded.body`,
          ...[companyId, id, saved.version, JSON.stringify(saved)],
        );
        if (saved.state === 'disabled') db.run('DELETE FROM deliveries WHERE webhook = ? AND due_at IS NOT NULL', id);
        webhookEvents(before, saved, now()).forEach(events.append);
        return { saved };
      });
    },

    async deleteWebhook(companyId, id) {
      await db.write(() => {
        if (db.run('DELETE FROM webhooks WHERE company = ? AND id = ?', companyId, id) === 0) return;
        for (const table of ['webhook_health', 'deliveries', 'tries', 'replays'])
          db.run(`DELETE FROM ${table} WHERE webhook = ?`, id);
      });
    },

    async healthOf(webhookId) {
      const row = db.get<Body>('SELECT body FROM webhook_health WHERE webhook = ?', webhookId);
      return row ? JSON.parse(row.body) : { failures: 0 };
    },

    async saveHealth(webhookId, health) {
      await db.write(() => putHealth(webhookId, health), relaxed);
    },

    async takeDelivery(webhookId, sequence, attempt, atOnce) {
      if (isTaken({ webhookId, sequence }) || takenOf(webhookId) >= atOnce) return undefined;
      const where = 'webhook = ? AND sequence = ? AND attempt = ? AND due_at <= ?';
      const [found] = deliveries(where, webhookId, sequence, attempt, now());
      if (found) taken.set(nameOf(found), now() + takenMilliseconds);
      return found;
    },

    async putDeliveries(added) {
      await db.write(() => {
        for (const delivery of added) putDelivery(delivery);
      }, relaxed);
    },

    async settle(delivery, next, tried, health) {
      const { webhookId, sequence, attempt } = delivery;
      await db.write(() => {
        // a replay may have queued the event again in the meantime
        const isSame = db.run(
          'DELETE FROM deliveries WHERE webhook = ? AND sequence = ? AND attempt = ?',
          ...[webhookId, sequence, attempt],
        );
        if (next && isSame) putDelivery(next);
        if (tried) putTry(webhookId, tried);
        if (health) putHealth(webhookId, health);
      }, relaxed);
      taken.delete(nameOf(delivery));
    },

    async nextDue() {
      return undefined;
    },

    async dueDeliveries() {
      return [];
    },

    async describeWaiting(webhookId, replayId) {
      const [where, values] = replayId === undefined ? ['', []] : [' AND replay = ?', [replayId]];
      const sql = `SELECT count(*) AS count, min(due_at) AS dueAt FROM deliveries
        WHERE webhook = ? AND due_at IS NOT NULL${where}`;
      const { count = 0, dueAt } = db.get<{ count: number; dueAt: number | null }>(sql, webhookId, ...values) ?? {};
      return { count, dueAt: dueAt ?? undefined };
    },

    async listExhausted(webhookId, since, limit) {
      const where = 'webhook = ? AND due_at IS NULL AND first_tried_at >= ? ORDER BY sequence LIMIT ?';
      return deliveries(where, webhookId, since, limit);
    },

    async listTries(webhookId, { isDelivered, before, limit }) {
      const rows = db.all<Body & { id: number }>(
        `SELECT id, body FROM tries WHERE webhook = ?1 AND id < ?2
           AND (?3 IS NULL OR json_extract(body, '$.isDelivered') = ?3) ORDER BY id DESC LIMIT ?4`,
        ...[
          webhookId,
          before ?? Number.MAX_SAFE_INTEGER,
          isDelivered === undefined ? null : Number(isDelivered),
          limit,
        ],
      );
      const tries = rows.map(({ body }) => JSON.parse(body) as Try);
      return { tries, next: rows.length === limit ? rows.at(-1)?.id : undefined };
    },

    async saveReplay(replay) {
      const { webhookId, id, createdAt } = replay;
      const sql = 'INSERT INTO replays (webhook, id, created_at, body) VALUES (?, ?, ?, ?)';
      await db.write(() => db.run(sql, webhookId, id, createdAt, JSON.stringify(replay)));
    },

    async getReplay(webhookId, id) {
      return replayIn(db.get<Body>('SELECT body FROM replays WHERE webhook = ? AND id = ?', webhookId, id));
    },

    async lastReplay(webhookId) {
      const sql = 'SELECT body FROM replays WHERE webhook = ? ORDER BY created_at DESC LIMIT 1';
      return replayIn(db.get<Body>(sql, webhookId));
    },

    async stopReplay(webhookId, id) {
      const sql = 'DELETE FROM deliveries WHERE webhook = ? AND replay = ? AND due_at IS NOT NULL';
      await db.write(() => db.run(sql, webhookId, id));
    },

    activeWebhooks: companyId => all(companyId).filter(({ state }) => state === 'active'),

    dueOf(webhookId, limit) {
      const where = 'webhook = ? AND due_at <= ? ORDER BY due_at, sequence LIMIT ?';
      const due = deliveries(where, webhookId, now(), limit + taken.size);
      return due.filter(delivery => !isTaken(delivery)).slice(0, limit);
    },
  };
}

/** A try is over by then, also one that failed unexpectedly. */
const takenMilliseconds = 70_000;

const replayIn = (row: Body | undefined): Replay | undefined => row && JSON.parse(row.body);

const deliveryIn = (row: Row): Delivery => ({
  companyId: row.company,
  webhookId: row.webhook,
  sequence: row.sequence,
  attempt: row.attempt,
  firstTriedAt: row.first_tried_at ?? undefined,
  dueAt: row.due_at ?? undefined,
  replayId: row.replay ?? undefined,
});

const day = 24 * 60 * 60_000;
const [triesKept, replaysKept] = [7 * day, 30 * day];

/** Deletes old tries, and events whose last try failed long ago. */
export async function deleteOldTries(db: Sqlite, at: number): Promise<void> {
  const oldest = 'SELECT id FROM (SELECT id, at FROM tries ORDER BY id LIMIT 500) WHERE at < ?';
  while ((await db.write(() => db.run(`DELETE FROM tries WHERE id IN (${oldest})`, at - triesKept), relaxed)) > 0);
  await db.write(() => {
    db.run('DELETE FROM deliveries WHERE due_at IS NULL AND first_tried_at < ?', at - replaysKept);
    db.run('DELETE FROM replays WHERE created_at < ?', at - replaysKept);
  }, relaxed);
}
