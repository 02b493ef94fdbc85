import { EventEmitter } from 'node:events';
import { type LoggedEvent, type NewEvent, numbered } from '../../../core/domain/event.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { EventLog } from '../../../core/ports/index.ts';
import type { Sqlite } from './sqlite.ts';

/*
 * The event log. Stores append inside the transaction of the change itself, so no event is lost or invented when the
 * process is killed. Transactions are written one after another, so the next number is the highest one and one more.
 */

/** Called inside `write`, by the stores of what the events are about. */
export interface EventAppender {
  append(event: NewEvent): void;
}

interface Row extends Omit<LoggedEvent, 'place'> {
  place: string | null;
}

/** Readers wait for at most 20 seconds each, and there may be many. */
const emitter = () => new EventEmitter().setMaxListeners(0);

export interface SqliteEventLog extends EventAppender, EventLog {
  /** Emits `event` with the id of the company after each event, and the id itself. */
  readonly written: EventEmitter;
}

/** `queueFor` queues an event for the webhooks that want it; called in the same transaction. */
export function makeEventLog(db: Sqlite, queueFor: (companyId: CompanyId, event: LoggedEvent) => void): SqliteEventLog {
  const written = emitter();
  const newest = (companyId: CompanyId) =>
    db.get<{ newest: number | null }>('SELECT max(sequence) AS newest FROM events WHERE company = ?', companyId)
      ?.newest ?? 0;

  return {
    written,

    append(event) {
      const { companyId } = event;
      const logged = numbered(event, newest(companyId) + 1);
      const { sequence, id, type, subject, place = null, at, body } = logged;
      db.run(
        `INSERT INTO events (company, sequence, id, type, subject, place, at, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[companyId, sequence, id, type, subject, place, at, body],
      );
      queueFor(companyId, logged);
      // the transaction is committed before microtasks run
      queueMicrotask(() => {
        written.emit(companyId);
        written.emit('event', companyId);
      });
    },

    async read(companyId, after, limit) {
      const rows = db.all<Row>(
        'SELECT * FROM events WHERE company = ? AND sequence > ? ORDER BY sequence LIMIT ?',
        ...[companyId, after, limit],
      );
      return rows.map(eventIn);
    },

    // reads the whole log: an index of random ids would cost each event as much as the event itself
    async find(companyId, eventId) {
      const row = db.get<Row>('SELECT * FROM events WHERE company = ? AND id = ?', companyId, eventId);
      return row && eventIn(row);
    },

    async range(companyId) {
      const oldest = db.get<{ oldest: number | null }>(
        'SELECT min(sequence) AS oldest FROM events WHERE company = ?',
        companyId,
      )?.oldest;
      return { oldest: oldest ?? 0, newest: newest(companyId) };
    },

    async waitFor(companyId, after, milliseconds, signal) {
      if (newest(companyId) > after) return true;
      if (signal?.aborted) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = () => resolve();
      const timer = setTimeout(done, milliseconds);
      written.once(companyId, done);
      signal?.addEventListener('abort', done, { once: true });
      await promise;
      clearTimeout(timer);
      written.off(companyId, done);
      signal?.removeEventListener('abort', done);
      return newest(companyId) > after;
    },

    async keepInUse() {},
  };
}

const eventIn = ({ id, sequence, type, subject, place, at, body }: Row): LoggedEvent => {
  return { id, sequence, type, subject, place: place ?? undefined, at, body };
};

const eventMilliseconds = 30 * 24 * 60 * 60_000;
const rowsAtOnce = 500;

/** Deletes old events. The newest of each company stays, since the next number follows from it. */
export async function deleteOldEvents(db: Sqlite, now: number): Promise<void> {
  for (const { company } of db.all<{ company: string }>('SELECT company FROM companies')) {
    const oldest = `SELECT sequence, at FROM events WHERE company = ?1 ORDER BY sequence LIMIT ${rowsAtOnce}`;
    const sql = `DELETE FROM events WHERE company = ?1 AND sequence IN (SELECT sequence FROM (${oldest}) WHERE at < ?2)
      AND sequence < (SELECT max(sequence) FROM events WHERE company = ?1)`;
    while ((await db.write(() => db.run(sql, company, now - eventMilliseconds), { relaxed: true })) > 0);
  }
}
