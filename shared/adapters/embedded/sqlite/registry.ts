import type { Company, EnrolmentCode, Key, Relay } from '../../../core/domain/company.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import { relayEvents } from '../../../core/domain/place-changes.ts';
import { type Location, type Printer, printerKey } from '../../../core/domain/printer.ts';
import type { NameRange, Registry, Saved } from '../../../core/ports/index.ts';
import { makeAnnouncements } from './announcements.ts';
import { makeCredits } from './credits.ts';
import type { EventAppender } from './event-log.ts';
import type { Sqlite } from './sqlite.ts';

type Body = { body: string };
type Address = Record<string, string | number>;
type Table = 'companies' | 'credits' | 'keys' | 'locations' | 'printers' | 'relays' | 'enrolment_codes';

export function makeRegistry(db: Sqlite, now: () => number, events: EventAppender): Registry {
  const announcements = makeAnnouncements(db, events, now);
  return {
    ...makeCredits(db, now),
    isLocal: true,

    async getCompany(companyId) {
      return find<Company>(db, 'companies', { company: companyId });
    },
    async listCompanies() {
      return db.all<Body>('SELECT body FROM companies ORDER BY company').map(parse);
    },
    saveCompany(company) {
      return save(db, 'companies', { company: company.companyId }, company);
    },
    async deleteCompany(companyId) {
      await remove(db, 'credits', { company: companyId });
      await remove(db, 'companies', { company: companyId });
    },

    async getKey(digest) {
      return find<Key>(db, 'keys', { digest });
    },
    putKey(key) {
      return put(db, 'keys', { digest: key.digest, company: key.companyId }, key);
    },
    async deleteKey(digest) {
      await db.write(() => {
        db.run('DELETE FROM key_uses WHERE digest = ?', digest);
        db.run('DELETE FROM keys WHERE digest = ?', digest);
      });
    },
    noteKeyUse(digest, usedAt) {
      return db.write(() => {
        const sql = 'INSERT OR REPLACE INTO key_uses (digest, used_at) SELECT digest, ? FROM keys WHERE digest = ?';
        db.run(sql, usedAt, digest);
      });
    },
    async keyUses(digests) {
      const sql = 'SELECT digest, used_at FROM key_uses WHERE digest IN (SELECT value FROM json_each(?))';
      const rows = db.all<{ digest: string; used_at: number }>(sql, JSON.stringify(digests));
      return new Map(rows.map(row => [row.digest, row.used_at]));
    },
    async listKeys(companyId) {
      return list<Key>(db, 'keys', { company: companyId }, 'digest');
    },

    async getLocation(companyId, locationId) {
      return find<Location>(db, 'locations', { company: companyId, location: locationId });
    },
    async listLocations(companyId, range = {}) {
      return listRange<Location>(db, 'locations', companyId, 'location', range);
    },
    saveLocation(location) {
      const address = { company: location.companyId, location: location.locationId };
      return save(db, 'locations', address, location, announcements.location);
    },
    async deleteLocation(companyId, locationId) {
      await remove(db, 'locations', { company: companyId, location: locationId });
      await db.write(() => announcements.forget(companyId, locationId));
    },

    async getPrinter(companyId, { locationId, deviceId }) {
      return find<Printer>(db, 'printers', { company: companyId, location: locationId, device: deviceId });
    },
    async listPrinters(companyId, locationId) {
      const ofCompany = { company: companyId };
      const address = locationId === undefined ? ofCompany : { ...ofCompany, location: locationId };
      return list<Printer>(db, 'printers', address, 'location, device');
    },
    async printersIn(companyId, range) {
      return listRange<Printer>(db, 'printers', companyId, "location || ':' || device", range);
    },
    savePrinter(printer) {
      const { companyId: company, locationId: location, deviceId: device } = printer;
      return save(db, 'printers', { company, location, device }, printer, announcements.printer);
    },
    async deletePrinter(companyId, { locationId, deviceId }) {
      await remove(db, 'printers', { company: companyId, location: locationId, device: deviceId });
      await db.write(() => announcements.forget(companyId, printerKey({ locationId, deviceId })));
    },

    async getRelay(relayId) {
      return find<Relay>(db, 'relays', { id: relayId });
    },
    putRelay(relay) {
      return db.write(() => {
        relayEvents(find<Relay>(db, 'relays', { id: relay.relayId }), relay, now()).forEach(events.append);
        write(db, 'relays', { id: relay.relayId }, relay);
      });
    },

    async getEnrolmentCode(digest) {
      return find<EnrolmentCode>(db, 'enrolment_codes', { digest });
    },
    putEnrolmentCode(code) {
      return put(db, 'enrolment_codes', { digest: code.digest }, code);
    },
    useEnrolmentCode(digest, usedBy) {
      return db.write(() => {
        const code = find<EnrolmentCode>(db, 'enrolment_codes', { digest });
        if (!code || code.usedBy) return code;
        const used = { ...code, usedBy };
        db.run('UPDATE enrolment_codes SET body = ? WHERE digest = ?', JSON.stringify(used), digest);
        return used;
      });
    },
  };
}

const parse = (row: Body) => JSON.parse(row.body);
const matching = (address: Address) =>
  Object.keys(address)
    .map(column => `${column} = ?`)
    .join(' AND ');

function find<T>(db: Sqlite, table: Table, address: Address): T | undefined {
  const row = db.get<Body>(`SELECT body FROM ${table} WHERE ${matching(address)}`, ...Object.values(address));
  return row && parse(row);
}

function list<T>(db: Sqlite, table: Table, address: Address, order: string): T[] {
  const sql = `SELECT body FROM ${table} WHERE ${matching(address)} ORDER BY ${order}`;
  return db.all<Body>(sql, ...Object.values(address)).map(parse);
}

function listRange<T>(db: Sqlite, table: Table, companyId: CompanyId, name: string, range: NameRange): T[] {
  const { from = '', to = '\u{10ffff}', limit = -1 } = range;
  const sql = `SELECT body FROM ${table} WHERE company = ? AND ${name} BETWEEN ? AND ? ORDER BY ${name} LIMIT ?`;
  return db.all<Body>(sql, companyId, from, to, limit).map(parse);
}

function remove(db: Sqlite, table: Table, address: Address): Promise<number> {
  return db.write(() => db.run(`DELETE FROM ${table} WHERE ${matching(address)}`, ...Object.values(address)));
}

const put = (db: Sqlite, table: Table, columns: Address, thing: object): Promise<void> =>
  db.write(() => write(db, table, columns, thing));

function write(db: Sqlite, table: Table, columns: Address, thing: object): void {
  const names = Object.keys(columns);
  const sql = `INSERT OR REPLACE INTO ${table} (${names.join(', ')}, body) VALUES (${names.map(() => '?').join(', ')}, ?)`;
  db.run(sql, ...Object.values(columns), JSON.stringify(thing));
}

/** Version 0 creates the record; any other must equal the stored version. `follow` writes what follows from the change. */
function save<T extends { version: number }>(
  db: Sqlite,
  table: Table,
  address: Address,
  thing: T,
  follow: (before: T | undefined, after: T) => void = () => undefined,
): Promise<Saved<T>> {
  return db.write((): Saved<T> => {
    const before = find<T>(db, table, address);
    if ((before?.version ?? 0) !== thing.version) return { conflict: before };
    const saved = { ...thing, version: thing.version + 1 };
    write(db, table, { ...address, version: saved.version }, saved);
    follow(before, saved);
    return { saved };
  });
}
