import { open } from 'node:fs/promises';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { PrintError } from '../../../core/domain/errors.ts';
import { log } from '../../../telemetry/log.ts';

/*
 * One database file for everything except documents. WAL with synchronous=FULL: a commit is durable when it returns. As
 * each commit costs one fsync, writers share: functions passed to `write` wait until the event loop has run what is
 * ready, and all of them then run in one transaction, each in its own savepoint, so a function that throws undoes only
 * its own changes. Promises resolve after COMMIT. There is no timer: a single writer commits immediately, and the
 * busier the process, the more writers share an fsync.
 *
 * Writes that may be lost in a power cut, but not when the process is killed, are marked `relaxed`: a transaction of
 * relaxed writes only is not synced (synchronous=NORMAL). The next commit that is synced includes it, or a sync of the
 * log by itself within a second.
 *
 * Functions passed to `write` are synchronous, so nothing else in this process runs between BEGIN and COMMIT. A read
 * outside `write` never sees uncommitted data.
 */

interface Writer {
  isRelaxed: boolean;
  run: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

export interface WriteOptions {
  /** may be lost in a power cut */
  relaxed?: boolean;
}

/** A power cut loses no relaxed write that is older. */
const unsyncedMilliseconds = 1000;

type Outcome = { value: unknown } | { error: unknown };

export class Sqlite {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #writers: Writer[] = [];
  #isSynchronous = true;
  #syncTimer: NodeJS.Timeout | undefined;

  constructor(path: string, migrations: string[]) {
    this.#path = path;
    this.#database = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true });
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.#check(path);
    this.#migrate(migrations);
  }

  /** Reports damage at the start instead of at the first read of a damaged row. What is readable stays in use. */
  #check(path: string): void {
    try {
      const [found] = this.all<{ quick_check: string }>('PRAGMA quick_check(1)');
      if (found?.quick_check !== 'ok') log.error('database-damaged', { path, found: found?.quick_check });
    } catch (error) {
      log.error('database-damaged', { path, error });
    }
  }

  /** The first row, or undefined. */
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#attempt(() => this.#prepared(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#attempt(() => this.#prepared(sql).all(...values) as Row[]);
  }

  /** Returns the number of changed rows. Call only inside `write`. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  /** Runs `change` in a transaction, possibly shared, and returns its result once it is durable. */
  write<T>(change: (db: this) => T, { relaxed: isRelaxed = false }: WriteOptions = {}): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#writers.length === 0) setImmediate(() => this.#commitWaiting());
    this.#writers.push({ isRelaxed, run: () => change(this), resolve: resolve as Writer['resolve'], reject });
    return promise;
  }

  /** Commits waiting writes, checkpoints the write-ahead log, and closes. Idempotent. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#commitWaiting();
    clearTimeout(this.#syncTimer);
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }

  #commitWaiting(): void {
    const writers = this.#writers;
    this.#writers = [];
    if (writers.length === 0) return;
    try {
      this.#synchronize(!writers.every(writer => writer.isRelaxed));
      this.#database.exec('BEGIN IMMEDIATE');
      const outcomes = writers.map(writer => this.#runInSavepoint(writer));
      this.#database.exec('COMMIT');
      if (!this.#isSynchronous)
        this.#syncTimer ??= setTimeout(() => void this.#syncLog(), unsyncedMilliseconds).unref();
      for (const [index, outcome] of outcomes.entries()) settle(writers[index] as Writer, outcome);
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const writer of writers) writer.reject(unavailable(error));
    }
  }

  /** In WAL mode, NORMAL only omits the sync after each commit [sqlite.org, PRAGMA synchronous]. */
  #synchronize(isSynchronous: boolean): void {
    if (isSynchronous === this.#isSynchronous) return;
    this.#database.exec(`PRAGMA synchronous = ${isSynchronous ? 'FULL' : 'NORMAL'}`);
    this.#isSynchronous = isSynchronous;
  }

  /** In another thread, unlike a commit. Whatever was committed meanwhile: a commit that changed nothing has not synced. */
  async #syncLog(): Promise<void> {
    this.#syncTimer = undefined;
    try {
      const file = await open(`${this.#path}-wal`, 'r+');
      await file.datasync().finally(() => file.close());
    } catch (error) {
      log.error('database-not-synced', { error });
    }
  }

  #runInSavepoint(writer: Writer): Outcome {
    this.#prepared('SAVEPOINT writer').run();
    try {
      const value = writer.run();
      this.#prepared('RELEASE writer').run();
      return { value };
    } catch (error) {
      // a full disk may have rolled back the whole transaction, with every writer's changes
      if (!this.#database.isTransaction) throw error;
      this.#database.exec('ROLLBACK TO writer; RELEASE writer');
      return { error };
    }
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #attempt<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Applies all missing steps or none: one commit, however many there are. */
  #migrate(migrations: string[]): void {
    const [{ user_version: reached }] = this.all<{ user_version: number }>('PRAGMA user_version') as [
      { user_version: number },
    ];
    if (reached > migrations.length) {
      throw new Error(
        `The data folder was written by a newer version of Platen (schema ${reached}, this version knows ${migrations.length}). Start a newer version.`,
      );
    }
    if (reached === migrations.length) return;
    const missing = migrations.slice(reached).join('');
    this.#database.exec(`BEGIN IMMEDIATE; ${missing} PRAGMA user_version = ${migrations.length}; COMMIT;`);
  }
}

function settle(writer: Writer, outcome: Outcome): void {
  if ('value' in outcome) writer.resolve(outcome.value);
  else writer.reject(unavailable(outcome.error));
}

/** Wraps an SQLite error as `internal`. Clients see SQLite's name of the error, and the log the cause with its SQL. */
function unavailable(error: unknown): PrintError {
  if (error instanceof PrintError) return error;
  const { errstr = 'unknown error' } = error as { errstr?: string };
  return new PrintError('internal', `The database failed (${errstr}).`, {
    cause: error,
  });
}
