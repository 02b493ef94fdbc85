import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CompanyId } from '../../core/domain/ids.ts';
import type { Clock, Registry } from '../../core/ports/index.ts';
import { makeClock } from './clock.ts';
import { eraseCompany } from './sqlite/erase-company.ts';
import { makeEventLog } from './sqlite/event-log.ts';
import { makeRegistry } from './sqlite/registry.ts';
import { migrations } from './sqlite/schema.ts';
import { Sqlite } from './sqlite/sqlite.ts';
import { makeWebhookQueue } from './sqlite/webhook-queue.ts';

export interface OpenRegistry {
  clock: Clock;
  registry: Registry;
  /** Deletes all that a company has but its uploads under way, which expire within a day. Answers how many rows and files. */
  eraseCompany(companyId: CompanyId): Promise<{ jobs: number; documents: number }>;
  close(): Promise<void>;
}

/**
 * The registry in the store of one machine, without the lock on its folder: a server may run there, since SQLite keeps
 * processes apart. Undefined when no server was ever started there.
 */
export function openRegistry(store: string): OpenRegistry | undefined {
  const path = join(store, 'platen.db');
  if (!existsSync(path)) return undefined;
  const db = new Sqlite(path, migrations);
  const clock = makeClock();
  return {
    clock,
    registry: makeRegistry(db, clock.now, makeEventLog(db, makeWebhookQueue(db, clock.now))),
    eraseCompany: companyId => eraseCompany(db, store, companyId),
    close: async () => db.close(),
  };
}
