import { describe, expect, it } from 'vitest';
import { someCompany, someLocation } from '../../../../doubles/samples.ts';
import type { RelayId } from '../../../../shared/core/domain/ids.ts';
import type { Location } from '../../../../shared/core/domain/printer.ts';
import {
  connectionOf,
  enrolled,
  nextAskMilliseconds,
  reconnected,
  rememberedMilliseconds,
  roleOf,
  takenOver,
  withoutRelay,
} from '../../../../shared/core/domain/standby.ts';

const [first, second, stranger] = ['first', 'second', 'stranger'] as RelayId[] as [RelayId, RelayId, RelayId];
const at = 1_700_000_000_000;
/** The first relay is offline since `at`, and the second one is connected and has been the standby for long. */
const location: Location = {
  ...{ ...someLocation(someCompany(), 'office'), relayId: first },
  ...{ online: false, lastSeenAt: at, presenceVersion: 3, activeSince: 5 },
  standby: { relayId: second, online: true, lastSeenAt: 7, presenceVersion: 4, since: 0 },
};
const standby = location.standby as NonNullable<Location['standby']>;

it('the relays of a location have a role and a connection each, and others have none', () => {
  expect([first, second, stranger].map(relay => roleOf(location, relay))).toEqual(['active', 'standby', undefined]);
  expect([first, second, stranger].map(relay => connectionOf(location, relay))).toEqual([location, standby, undefined]);
});

describe('a standby takes over', () => {
  it.each<[string, number, Partial<Location>]>([
    ['after a minute', 60_000, {}],
    ['after the time of its location', 5000, { takeOverSeconds: 5 }],
    ['a minute after the other became active, if that was never seen', 60_000, { lastSeenAt: 0, activeSince: at }],
    [
      'only when all functions know of it',
      rememberedMilliseconds,
      { takeOverSeconds: 5, standby: { ...standby, since: at } },
    ],
  ])('%s', (_when, milliseconds, changes) => {
    const now = { ...location, ...changes };

    expect(takenOver(now, second, at + milliseconds - 1)).toBeUndefined();
    expect(takenOver(now, second, at + milliseconds)).toMatchObject({ relayId: second });
  });

  it.each<[string, RelayId, Partial<Location>]>([
    ['the active one is online', second, { online: true }],
    ['it is offline itself', second, { standby: { ...standby, online: false } }],
    ['another relay asks', stranger, {}],
    ['the active one asks', first, {}],
    ['there is none', second, { standby: undefined }],
  ])('never when %s', (_when, relay, changes) => {
    expect(takenOver({ ...location, ...changes }, relay, at + 1e9)).toBeUndefined();
  });

  it('with its connection, and leaves its own place to the former one, whose absence ends then', () => {
    const until = at + 60_000;

    expect(takenOver(location, second, until)).toEqual({
      ...location,
      ...{ relayId: second, online: true, lastSeenAt: 7, presenceVersion: 4, activeSince: until },
      absence: { from: at, until },
      standby: { relayId: first, online: false, lastSeenAt: at, presenceVersion: 3, since: until },
    });
  });

  it('with no relay in its place where there was no other relay', () => {
    const alone = { ...location, relayId: undefined };

    expect(takenOver(alone, second, at + 60_000)).toMatchObject({ relayId: second, standby: undefined });
  });
});

describe('a standby asks again', () => {
  it.each<[string, number, number, Partial<Location>]>([
    ['when it is due', 20_000, 40_000, {}],
    ['not sooner than after a second', 1000, 59_500, {}],
    ['after half of its time at the latest', 30_000, 0, {}],
    ['after half of its time while the other is online', 30_000, 0, { online: true }],
    ['after half of its time, be it less than a second', 500, 0, { takeOverSeconds: 1 }],
  ])('%s: after %i ms', (_when, expected, passed, changes) => {
    expect(nextAskMilliseconds({ ...location, ...changes }, at + passed)).toBe(expected);
  });
});

describe('a location without one of its relays', () => {
  it('keeps the other one, which is active then', () => {
    expect(withoutRelay(location, first, at + 9)).toMatchObject({
      ...{ relayId: second, online: true, activeSince: at + 9, standby: undefined },
    });
    expect(withoutRelay(location, second, at)).toEqual({ ...location, standby: undefined });
  });

  it('has none where there was no other, and is as it was for a stranger', () => {
    const alone = { ...location, online: true, standby: undefined };

    expect(withoutRelay(alone, first, at)).toEqual({ ...alone, relayId: undefined, online: false });
    expect(withoutRelay(location, stranger, at)).toBeUndefined();
  });
});

describe('an absence', () => {
  const former = { from: 1, until: 2 };
  const away = { ...location, absence: former };

  it.each([
    ['ends when the relay is back', away, true, { from: at, until: at + 5 }],
    ['goes on while it is away', away, false, former],
    ['is the former one while it stays connected', { ...away, online: true }, true, former],
    ['is none of a relay that was never seen', { ...location, lastSeenAt: undefined }, true, undefined],
  ])('%s', (_name, before, online, absence) => {
    const after = reconnected(before, { online, lastSeenAt: at + 4, presenceVersion: 8 }, at + 5);

    expect(after).toMatchObject({ online, lastSeenAt: at + 4, presenceVersion: 8 });
    expect(after.absence).toEqual(absence);
  });
});

describe('a relay that enrols', () => {
  const fresh = { relayId: stranger, online: false, presenceVersion: 0 };

  it('takes the place of the active one, and leaves the standby', () => {
    const after = enrolled(location, { relayId: stranger, takeOverSeconds: 9 }, at);

    expect(after).toEqual({
      location: { ...location, ...fresh, takeOverSeconds: 9, activeSince: at },
      former: first,
    });
  });

  it('as the standby takes its place', () => {
    const after = enrolled({ ...location, takeOverSeconds: 30 }, { relayId: stranger, standby: true }, at);

    expect(after).toEqual({
      location: { ...location, takeOverSeconds: 30, standby: { ...fresh, since: at } },
      former: second,
    });
  });

  it('as the standby of none is active', () => {
    const empty = { ...location, relayId: undefined, standby: undefined };

    expect(enrolled(empty, { relayId: stranger, standby: true }, at)).toMatchObject({
      location: { relayId: stranger, activeSince: at, standby: undefined },
      former: undefined,
    });
  });
});
