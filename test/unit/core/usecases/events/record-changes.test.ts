import { describe, expect, it } from 'vitest';
import {
  office,
  someCompany,
  someJob,
  someLocation,
  somePrinter,
  someRelay,
  someSession,
} from '../../../../../doubles/samples.ts';
import type { NewEvent } from '../../../../../shared/core/domain/event.ts';
import type { Announced } from '../../../../../shared/core/domain/place-changes.ts';
import type { Printer, PrinterState } from '../../../../../shared/core/domain/printer.ts';
import type { Change, EventWriter, Ports } from '../../../../../shared/core/ports/index.ts';
import { announceDue, recordChanges } from '../../../../../shared/core/usecases/events/record-changes.ts';

const companyId = someCompany();
const at = 1_700_000_000_000;

/** Events and what was announced, in memory; refuses what is no event. */
class Log implements EventWriter {
  readonly writes: NewEvent[][] = [];
  readonly announced = new Map<string, Announced>();
  inUse = true;
  /** of `saveAnnounced` */
  fails = false;

  async isInUse(asked: string) {
    return this.inUse && asked === companyId;
  }

  async write(_companyId: string, events: NewEvent[]) {
    if (events.some(event => event.companyId !== companyId)) throw new Error('no event of this company');
    if (events.length > 0) this.writes.push(events);
  }

  async announcedOf(_companyId: string, place: string) {
    return this.announced.get(place);
  }

  async saveAnnounced(_companyId: string, place: string, announced: Announced) {
    if (this.fails) throw new Error('the store does not answer');
    this.announced.set(place, announced);
  }

  async dueAnnouncements(now: number, limit: number) {
    return [...this.announced]
      .flatMap(([place, { dueAt }]) => (dueAt !== undefined && dueAt <= now ? [{ companyId, place, dueAt }] : []))
      .slice(0, limit);
  }

  types = () => this.writes.map(events => events.map(({ type }) => type));
}

const job = someJob(companyId, { version: 1 });
const printer = (state: PrinterState, version: number): Printer => ({
  ...somePrinter(companyId, office),
  version,
  device: { deviceId: 'laser', scheme: 'ipp', attributes: {}, state, stateReasons: [] },
});
const location = (online: boolean, version: number) => ({ ...someLocation(companyId, 'office'), online, version });
const changed = (from: Printer, to: Printer, when: number): Change => {
  return { kind: 'printer', before: from, after: to, at: when };
};

async function recorded(log: Log, ...changes: Change[]) {
  await recordChanges({ eventWriter: log }, changes);
  return log.types();
}

/** The writer of events has a registry in which these are. */
const dueIn = (log: Log, now: number, places: { printer?: Printer; location?: ReturnType<typeof location> }) => {
  const registry = { getPrinter: async () => places.printer, getLocation: async () => places.location };
  const ports = { eventWriter: log, registry, clock: { now: () => now } };
  return announceDue(ports as unknown as Pick<Ports, 'eventWriter' | 'registry' | 'clock'>);
};

describe('the events of changes', () => {
  it('are written for companies that use events, and for no other', async () => {
    const change: Change = { kind: 'job', after: job, at };
    const unused = new Log();
    unused.inUse = false;

    expect(await recorded(new Log(), change)).toEqual([['job.created']]);
    expect(await recorded(unused, change)).toEqual([]);
    expect(await recorded(new Log())).toEqual([]);
  });

  it('are those of jobs first and together, and then those of other things', async () => {
    const session = someSession(companyId, { version: 2 });
    const relay = { relayId: someRelay(), companyId, locationId: 'office', createdAt: at, revoked: false };

    const types = await recorded(
      new Log(),
      { kind: 'upload', before: session, after: { ...session, state: 'completed' }, at },
      { kind: 'job', after: job, at },
      { kind: 'relay', after: relay, at },
      { kind: 'location', after: location(true, 1), at },
      { kind: 'printer', after: printer('idle', 1), at },
      { kind: 'job', after: { ...job, id: someJob(companyId).id }, at },
    );

    expect(types).toEqual([
      ['job.created', 'job.created'],
      ['upload.completed'],
      ['relay.enrolled'],
      ['location.online'],
      ['printer.created'],
    ]);
  });

  it('of places are compared once, whatever is repeated', async () => {
    const log = new Log();
    const made: Change = { kind: 'printer', after: printer('idle', 1), at };
    const stopped = changed(printer('idle', 1), printer('stopped', 2), at + 20_000);

    await recorded(log, made, stopped);
    await recorded(log, made, stopped);

    expect(log.types()).toEqual([['printer.created'], ['printer.state_changed']]);
  });

  it('of places are written again when what they show could not be saved', async () => {
    const log = new Log();
    const came: Change = { kind: 'location', after: location(true, 1), at };
    log.fails = true;
    await expect(recorded(log, came)).rejects.toThrow('does not answer');
    log.fails = false;

    expect(await recorded(log, came)).toEqual([['location.online'], ['location.online']]);
    expect(log.writes[0]).toEqual(log.writes[1]);
  });
});

describe('a state that was held back', () => {
  const heldBack = async () => {
    const log = new Log();
    await recorded(log, { kind: 'printer', after: printer('idle', 1), at });
    await recorded(log, changed(printer('idle', 1), printer('processing', 2), at + 10_000));
    await recorded(log, changed(printer('processing', 2), printer('stopped', 3), at + 12_000));
    log.writes.length = 0;
    return log;
  };

  it('is announced when it is due, and no longer due', async () => {
    const log = await heldBack();
    const places = { printer: printer('stopped', 3) };

    expect(await dueIn(log, at + 19_999, places)).toBe(0);
    expect(await dueIn(log, at + 20_000, places)).toBe(1);
    expect(await dueIn(log, at + 20_001, places)).toBe(0);
    expect(log.types()).toEqual([['printer.state_changed']]);
    expect(log.writes[0]?.[0]).toMatchObject({ at: at + 20_000, data: { previous: { state: 'processing' } } });
  });

  it('is forgotten when it has passed, or its printer was deleted', async () => {
    const [passed, deleted] = [await heldBack(), await heldBack()];

    expect(await dueIn(passed, at + 20_000, { printer: printer('processing', 4) })).toBe(1);
    expect(await dueIn(deleted, at + 20_000, {})).toBe(1);
    expect([passed.types(), deleted.types()]).toEqual([[], []]);
    expect([await dueIn(passed, at + 90_000, {}), await dueIn(deleted, at + 90_000, {})]).toEqual([0, 0]);
  });

  it('does not let changes that were compared be compared again', async () => {
    const log = await heldBack();
    await dueIn(log, at + 20_000, { printer: printer('stopped', 3) });

    await recorded(log, changed(printer('idle', 1), printer('processing', 2), at + 40_000));

    expect(log.types()).toEqual([['printer.state_changed']]);
  });

  it('is, of a location, that its relay is away for a minute', async () => {
    const log = new Log();
    await recorded(log, { kind: 'location', after: location(true, 1), at });
    await recorded(log, { kind: 'location', before: location(true, 1), after: location(false, 2), at: at + 1000 });

    expect(await dueIn(log, at + 61_000, { location: location(false, 2) })).toBe(1);
    expect(log.types()).toEqual([['location.online'], ['location.offline']]);
  });
});
