import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Sqlite } from '../../../../shared/adapters/embedded/sqlite/sqlite.ts';
import { someFolder } from './folder.ts';

const schema = 'CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT;';

function open(migrations = [schema]) {
  const path = join(someFolder(), 'test.db');
  const db = new Sqlite(path, migrations);
  onTestFinished(() => db.close());
  const insert = (name: string, size = 1) => db.run('INSERT INTO things VALUES (?, ?)', name, size);
  const names = () => db.all<{ name: string }>('SELECT name FROM things ORDER BY name').map(row => row.name);
  return { db, path, insert, names };
}

describe('a write that may be lost in a power cut', () => {
  const relaxed = { relaxed: true };

  /** Syncs of the log by themselves after a second, by a clock that the test moves. */
  async function syncsOf(work: (things: ReturnType<typeof open>) => Promise<unknown>): Promise<number> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const handle = await openFile(import.meta.filename);
    const synced = Promise.withResolvers<void>();
    const sync = vi.spyOn(Object.getPrototypeOf(handle), 'datasync').mockImplementation(async () => synced.resolve());
    onTestFinished(() => sync.mockRestore());
    await handle.close();
    await work(open());
    if (vi.getTimerCount() > 0) {
      await vi.advanceTimersByTimeAsync(1000);
      await synced.promise;
    }
    return sync.mock.calls.length;
  }

  test('is synced a second later, with those after it', async () => {
    const syncs = await syncsOf(async ({ db, insert }) => {
      await db.write(() => insert('a'), relaxed);
      await db.write(() => insert('b'), relaxed);
    });

    expect(syncs).toBe(1);
  });

  test('is synced after a commit that changed nothing, and so synced nothing', async () => {
    const syncs = await syncsOf(async ({ db, insert }) => {
      await db.write(() => insert('a'), relaxed);
      await db.write(() => undefined);
    });

    expect(syncs).toBe(1);
  });

  test('is not synced by itself if all are durable', async () => {
    expect(await syncsOf(({ db, insert }) => db.write(() => insert('a')))).toBe(0);
  });
});

describe('group commit', () => {
  test('rolls back only what failed', async () => {
    const { db, insert, names } = open();

    const outcomes = await Promise.allSettled([
      db.write(() => insert('a')),
      db.write(() => {
        insert('b');
        insert('a');
      }),
      db.write(() => {
        insert('c');
        throw new Error('changed its mind');
      }),
      db.write(() => insert('d')),
    ]);

    expect(outcomes.map(outcome => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(names()).toEqual(['a', 'd']);
  });

  test('refuses all of its writers, with the cause, when the whole transaction is gone', async () => {
    const { db, insert, names } = open();
    const full = Object.assign(new Error('full'), { errstr: 'database or disk is full' });

    const outcomes = await Promise.allSettled([
      db.write(() => insert('a')),
      db.write(() => {
        // as SQLite does by itself where the disk is full
        db.run('ROLLBACK');
        throw full;
      }),
      db.write(() => insert('c')),
    ]);

    const refused = { code: 'internal', message: 'The database failed (database or disk is full).', cause: full };
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: refused });
    expect(names()).toEqual([]);
    await db.write(() => insert('d'));
    expect(names()).toEqual(['d']);
  });

  test('lets a later writer see what an earlier one wrote', async () => {
    const { db, insert } = open();

    const [, count] = await Promise.all([
      db.write(() => insert('a')),
      db.write(() => db.get<{ count: number }>('SELECT count(*) AS count FROM things')?.count),
    ]);

    expect(count).toBe(1);
  });

  test('shows nothing to readers before it is durable, and everything to other connections once it resolved', async () => {
    const { db, path, insert, names } = open();
    const other = new DatabaseSync(path, { readOnly: true });

    const writing = db.write(() => insert('a'));
    expect(names()).toEqual([]);
    await writing;

    expect(other.prepare('SELECT name FROM things').all()).toHaveLength(1);
    other.close();
  });

  test('shares one commit among waiting writers', async () => {
    const { db, path, insert } = open();
    const other = new DatabaseSync(path, { readOnly: true });
    const seen: unknown[] = [];

    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        await db.write(() => insert(`thing ${index}`));
        seen.push(other.prepare('SELECT count(*) AS count FROM things').get()?.count);
      }),
    );

    expect(new Set(seen)).toEqual(new Set([50]));
    other.close();
  });

  test('fails all writers of a failed commit, and works again afterwards', async () => {
    const { db, insert, names } = open([
      `CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER REFERENCES things (size) DEFERRABLE INITIALLY DEFERRED) STRICT;
       CREATE UNIQUE INDEX by_size ON things (size);
       CREATE TABLE orphans (size INTEGER REFERENCES things (size) DEFERRABLE INITIALLY DEFERRED) STRICT;`,
    ]);

    const outcomes = await Promise.allSettled([
      db.write(() => insert('a')),
      db.write(() => db.run('INSERT INTO orphans VALUES (99)')),
    ]);
    await db.write(() => insert('b'));

    expect(outcomes.map(outcome => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(names()).toEqual(['b']);
  });

  test('hides SQL from clients', async () => {
    const { db } = open();

    await expect(db.write(() => db.run('INSERT INTO nowhere VALUES (1)'))).rejects.toMatchObject({
      name: 'PrintError',
      code: 'internal',
      message: expect.stringMatching(/^The database failed \(.+\)\.$/),
    });
  });

  test('commits waiting writes when it is closed', async () => {
    const { db, path, insert } = open();

    const writing = db.write(() => insert('a'));
    db.close();
    await writing;

    const other = new DatabaseSync(path);
    expect(other.prepare('SELECT name FROM things').all()).toHaveLength(1);
    other.close();
  });

  test('refuses to write once it is closed', async () => {
    const { db, insert } = open();
    db.close();

    await expect(db.write(() => insert('a'))).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('schema', () => {
  test('applies the missing steps, each once', () => {
    const { db, path } = open();
    db.close();

    const second = `ALTER TABLE things ADD COLUMN colour TEXT;`;
    for (const migrations of [
      [schema, second],
      [schema, second],
    ])
      new Sqlite(path, migrations).close();

    const reopened = new Sqlite(path, [schema, second]);
    expect(reopened.all('SELECT colour FROM things')).toEqual([]);
    reopened.close();
  });

  test('applies all missing steps or none', () => {
    const { db, path } = open();
    db.close();

    expect(() => new Sqlite(path, [schema, 'CREATE TABLE more (a);', 'CREATE nonsense;'])).toThrow('syntax error');

    const reopened = new Sqlite(path, [schema]);
    expect(reopened.all("SELECT name FROM sqlite_schema WHERE name = 'more'")).toEqual([]);
    reopened.close();
  });

  test('of a newer version is refused', () => {
    const { db, path } = open([schema, 'CREATE TABLE more (a) ;']);
    db.close();

    expect(() => new Sqlite(path, [schema])).toThrow('newer version');
  });
});
