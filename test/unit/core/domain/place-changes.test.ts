import { describe, expect, it } from 'vitest';
import { office, someCompany, someLocation, somePrinter } from '../../../../doubles/samples.ts';
import type { RelayId } from '../../../../shared/core/domain/ids.ts';
import {
  type Announced,
  announceLocation,
  announcePrinter,
  type LastChange,
  nextChange,
  relayEvents,
} from '../../../../shared/core/domain/place-changes.ts';
import type { Device, Printer, PrinterState } from '../../../../shared/core/domain/printer.ts';

const at = 1_700_000_000_000;
const device = (state: PrinterState, stateReasons: string[] = []): Device => {
  return { deviceId: 'laser', scheme: 'ipp', attributes: {}, state, stateReasons };
};
const printer: Printer = { ...somePrinter(someCompany(), office), device: device('idle'), version: 1 };
const shows = (state: PrinterState, ...reasons: string[]): Printer => ({ ...printer, device: device(state, reasons) });

describe('the events of a printer', () => {
  it.each([
    ['made', undefined, printer, 'printer.created'],
    ['renamed', printer, { ...printer, name: 'Label' }, 'printer.updated'],
    ['activated', { ...printer, active: false }, printer, 'printer.activated'],
    ['deactivated', printer, { ...printer, active: false }, 'printer.deactivated'],
    ['out of paper', printer, shows('stopped', 'media-empty'), 'printer.state_changed'],
  ])('of one that is %s', (_what, before, after, type) => {
    expect(announcePrinter(before, after, undefined, at).event?.type).toBe(type);
  });

  it('hold back a state that follows within 10 seconds, and announce the last one', () => {
    const first = announcePrinter(printer, shows('processing'), undefined, at);
    const second = announcePrinter(shows('processing'), shows('stopped'), first.announced, at + 2000);
    const third = announcePrinter(shows('stopped'), shows('stopped', 'media-jam'), second.announced, at + 3000);
    const due = announcePrinter(
      shows('stopped', 'media-jam'),
      shows('stopped', 'media-jam'),
      third.announced,
      at + 10_000,
    );

    expect([second.event, third.event]).toEqual([undefined, undefined]);
    expect(third.announced.dueAt).toBe(at + 10_000);
    expect(due.event?.data).toMatchObject({
      printer: { state: 'stopped', stateReasons: ['media-jam'] },
      previous: { state: 'processing', stateReasons: [] },
    });
    expect(due.announced.dueAt).toBeUndefined();
  });

  it('forget a state that was held back and has passed', () => {
    const first = announcePrinter(printer, shows('processing'), undefined, at);
    const second = announcePrinter(shows('processing'), printer, first.announced, at + 2000);
    const third = announcePrinter(printer, shows('processing'), second.announced, at + 3000);

    expect([third.event, third.announced.dueAt]).toEqual([undefined, undefined]);
  });
});

describe('the events of a printer that its relay has not reported', () => {
  const bare = { ...printer, device: undefined };

  it('have its state before, which is none', () => {
    const { event, announced } = announcePrinter({ ...bare, active: false }, bare, undefined, at);

    expect(event?.data).toMatchObject({ printer: { state: 'unknown', stateReasons: [] }, previous: {} });
    expect(announced.at).toBe(0);
  });

  it('announce its first states at once, and count the interval from the last state', () => {
    const reported = announcePrinter(bare, printer, undefined, at);
    const stopped = announcePrinter(printer, shows('stopped'), reported.announced, at + 1);
    const renamed = announcePrinter(
      shows('stopped'),
      { ...shows('stopped'), name: 'Label' },
      stopped.announced,
      at + 2,
    );
    const back = announcePrinter(shows('stopped'), printer, renamed.announced, at + 3);

    expect([reported, stopped, renamed, back].map(({ event }) => event?.type)).toEqual([
      'printer.updated',
      'printer.state_changed',
      'printer.updated',
      undefined,
    ]);
    expect(back.announced.dueAt).toBe(at + 1 + 10_000);
  });

  it.each<[Partial<Printer>, boolean]>([
    [{ notes: 'n' }, true],
    [{ unconfirmedPolicy: 'reprint' }, true],
    [{ device: { ...device('idle'), attributes: { 'media-default': 'iso_a4' } } }, true],
    [{ version: 9 }, false],
    [{ awaySince: 5 }, false],
  ])('of one with %j are an update: %s', (changes, isUpdate) => {
    const { event } = announcePrinter(printer, { ...printer, ...changes }, undefined, at);

    expect(event?.type).toBe(isUpdate ? 'printer.updated' : undefined);
  });
});

describe('the changes of a place', () => {
  const madeAt = at;

  it.each<[LastChange | undefined, boolean, number, LastChange | undefined]>([
    [undefined, true, 1, { version: 1, madeAt }],
    [{ version: 7, madeAt: 5 }, true, 1, { version: 1, madeAt }],
    [{ version: 1, madeAt }, true, 1, undefined],
    [undefined, false, 3, { version: 3 }],
    [{ version: 2, madeAt: 5 }, false, 3, { version: 3, madeAt: 5 }],
    [{ version: 3, madeAt: 5 }, false, 3, undefined],
    [{ version: 4, madeAt: 5 }, false, 3, undefined],
  ])('after %j, new: %s, version %i, are compared: %j', (last, isNew, version, next) => {
    expect(nextChange(last, isNew, version, at)).toEqual(next);
  });
});

describe('the events of a location', () => {
  const location = (online: boolean) => ({ ...someLocation(someCompany(), 'office'), online, version: 2 });
  const announced: Announced = { value: 'online', at };

  it('announce a relay at once, and its absence after a minute', () => {
    const there = announceLocation(undefined, location(true), undefined, at);
    const away = announceLocation(undefined, location(false), there.announced, at + 1000);
    const due = announceLocation(undefined, location(false), away.announced, at + 61_000);

    expect(there.event?.type).toBe('location.online');
    expect([away.event, away.announced.dueAt]).toEqual([undefined, at + 61_000]);
    expect(due.event?.type).toBe('location.offline');
  });

  it('do not announce a relay that reconnects within a minute', () => {
    const away = announceLocation(undefined, location(false), announced, at + 1000);
    const back = announceLocation(undefined, location(true), away.announced, at + 50_000);

    expect(back.event).toBeUndefined();
    expect(back.announced).toEqual(announced);
  });

  it('announce a take-over at once, and then that the location is online again', () => {
    const [former, next] = ['former' as RelayId, 'next' as RelayId];
    const standby = { relayId: next, online: true, presenceVersion: 1, since: at };
    const before = { ...location(false), relayId: former, standby };
    const after = { ...location(true), relayId: next, standby: { ...standby, relayId: former, online: false } };

    const takenOver = announceLocation(before, after, { value: 'offline', at }, at + 1000);
    const due = announceLocation(after, after, takenOver.announced, takenOver.announced.dueAt as number);

    expect(takenOver.event).toMatchObject({ type: 'location.taken_over', data: { previous: { relay: former } } });
    expect(due.event?.type).toBe('location.online');
    expect(announceLocation(after, after, due.announced, at + 2000).event).toBeUndefined();
  });
});

describe('the events of a relay', () => {
  const relay = {
    relayId: 'r' as never,
    companyId: someCompany(),
    locationId: 'office',
    createdAt: at,
    revoked: false,
  };

  it('are its enrolment and its end, each once', () => {
    const types = (...pair: Parameters<typeof relayEvents>) => relayEvents(...pair).map(({ type }) => type);

    expect(types(undefined, relay, at)).toEqual(['relay.enrolled']);
    expect(types(relay, relay, at)).toEqual([]);
    expect(types(relay, { ...relay, revoked: true }, at)).toEqual(['relay.revoked']);
    expect(types({ ...relay, revoked: true }, { ...relay, revoked: true }, at)).toEqual([]);
  });
});
