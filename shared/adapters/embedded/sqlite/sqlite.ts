import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { PrintError } from '../../../core/domain/errors.ts';

/*
 * One database file for everything that is not a document. WAL with synchronous=FULL: a commit is on disk when it
 * returns. That costs one fsync each, so writers share: functions given to `write` wait until the event loop has run
 * what is ready, and all that wait then run in one transaction, each in its own savepoint, so that one that throws
 * undoes itself and nobody else. Promises resolve after COMMIT only. No timer is involved: a writer alone is written
 * at once, and the busier the process, the more writers share an fsync.
 *
 * What may be forgotten when the machine loses power, but not when the process is killed, says so (`relaxed`): a
 * transaction of nothing else is not waited for on disk (synchronous=NORMAL), and the next one takes it along.
 *
 * Functions given to `write` are synchronous, so nothing else of this process runs between BEGIN and COMMIT; a read
 * outside of `write` never sees what is not yet on disk.
 */

interface Writer {
  isRelaxed: boolean;
  run: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

export interface WriteOptions {
  /** a power cut may forget it */
  relaxed?: boolean;
}

type Outcome = { value: unknown } | { error: unknown };

export class Sqlite {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #writers: Writer[] = [];
  #isSynchronous = true;

  constructor(path: string, migrations: string[]) {
    this.#database = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true });
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.#migrate(migrations);
  }

  /** The first row, or undefined. */
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#attempt(() => this.#prepared(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#attempt(() => this.#prepared(sql).all(...values) as Row[]);
  }

  /** Answers how many rows it changed. Only inside of `write`. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  /** Runs `change` in a transaction, shared or not, and answers what it returned once that is on disk. */
  write<T>(change: (db: this) => T, { relaxed: isRelaxed = false }: WriteOptions = {}): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#writers.length === 0) setImmediate(() => this.#commitWaiting());
    this.#writers.push({ isRelaxed, run: () => change(this), resolve: resolve as Writer['resolve'], reject });
    return promise;
  }

  /** Writes what waits, empties the write-ahead log into the database, and closes it. Closing twice is fine. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#commitWaiting();
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
      for (const [index, outcome] of outcomes.entries()) settle(writers[index] as Writer, outcome);
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const writer of writers) writer.reject(unavailable(error));
    }
  }

  /** [sqlite.org, PRAGMA synchronous]: in WAL mode NORMAL leaves out the sync after each commit, and only that. */
  #synchronize(isSynchronous: boolean): void {
    if (isSynchronous === this.#isSynchronous) return;
    this.#database.exec(`PRAGMA synchronous = ${isSynchronous ? 'FULL' : 'NORMAL'}`);
    this.#isSynchronous = isSynchronous;
  }

  #runInSavepoint(writer: Writer): Outcome {
    this.#prepared('SAVEPOINT writer').run();
    try {
      const value = writer.run();
      this.#prepared('RELEASE writer').run();
      return { value };
    } catch (error) {
      // a full disk may have rolled the whole transaction back; then nobody's change stands
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

  #migrate(migrations: string[]): void {
    const [{ user_version: reached }] = this.all<{ user_version: number }>('PRAGMA user_version') as [
      { user_version: number },
    ];
    if (reached > migrations.length) {
      throw new Error(
        `The data folder was written by a newer version (schema ${reached}, known ${migrations.length}).`,
      );
    }
    for (const [index, step] of migrations.entries()) {
      if (index < reached) continue;
      this.#database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
  }
}

function settle(writer: Writer, outcome: Outcome): void {
  if ('value' in outcome) writer.resolve(outcome.value);
  else writer.reject(unavailable(outcome.error));
}

/** SQLite's words are for the log; a client is told that it is not its fault. */
function unavailable(error: unknown): PrintError {
  if (error instanceof PrintError) return error;
  return new PrintError('internal', 'The database could not do this.', { cause: error });
}
