import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someCompany, someSession } from '../../../../doubles/samples.ts';
import {
  type EventFilter,
  type EventType,
  eventIdOf,
  eventTypes,
  isEventPattern,
  isWanted,
  mayRead,
  type NewEvent,
  numbered,
} from '../../../../shared/core/domain/event.ts';
import { uploadEvents } from '../../../../shared/core/domain/upload-changes.ts';

const types = Object.keys(eventTypes) as EventType[];
const place = 'office:laser';

describe('the filter of events', () => {
  const wanted = (filter: EventFilter, event: Partial<NewEvent> = {}) =>
    types.filter(type => isWanted({ type, subject: 'j', place, ...event }, filter));

  it('leaves out what is opt-in, unless it names it', () => {
    const optIn = ['job.printing', 'upload.completed'];

    expect(wanted({})).toEqual(types.filter(type => !optIn.includes(type)));
    expect(wanted({ types: optIn })).toEqual(optIn);
    expect(wanted({ types: ['upload.*'] })).toEqual(['upload.completed']);
    expect(wanted({ types: [] })).toEqual([]);
  });

  it('takes groups by their whole first word', () => {
    expect(wanted({ types: ['job.*', 'relay.revoked'] })).toEqual(
      types.filter(type => type.startsWith('job.') || type === 'relay.revoked'),
    );
    expect(wanted({ types: ['jo*', 'job.', 'job'] })).toEqual([]);
  });

  it.each<[boolean, EventFilter, string | undefined]>([
    [true, {}, undefined],
    [true, { locations: ['office'] }, place],
    [true, { locations: ['office'] }, 'office'],
    [false, { locations: ['off'] }, place],
    [false, { locations: ['office'] }, undefined],
    [true, { printers: [place] }, place],
    [false, { printers: [place] }, 'office'],
    [false, { printers: ['office:label'] }, place],
    [true, { printers: ['office:label'], locations: ['office'] }, place],
    [false, { printers: [], locations: [] }, place],
    [false, { printers: [place] }, undefined],
  ])('%s: by place, %j lets pass %s', (passes, filter, at) => {
    expect(isWanted({ type: 'job.held', subject: 'j', place: at }, filter)).toBe(passes);
  });

  it('requires the type, the subject and the place', () => {
    const filter = { types: ['job.held'], subject: 'j', locations: ['office'] };
    const event = { type: 'job.held', subject: 'j', place } as const;

    expect(isWanted(event, filter)).toBe(true);
    for (const changed of [{ type: 'job.queued' } as const, { subject: 'k' }, { place: 'branch:laser' }])
      expect(isWanted({ ...event, ...changed }, filter)).toBe(false);
  });

  it('may name types and their groups', () => {
    for (const pattern of [...types, 'job.*', 'upload.*', 'webhook.*']) expect(isEventPattern(pattern)).toBe(true);
    for (const pattern of ['', '*', '.*', 'job', 'job.', 'jobs.*', 'job.eaten', 'job.held.*', 'toString'])
      expect(isEventPattern(pattern)).toBe(false);
  });
});

it('events of relays and webhooks are for administrators only', () => {
  const hidden = ['relay.enrolled', 'relay.revoked', 'webhook.disabled', 'webhook.test'];

  expect(types.filter(type => !mayRead(type, false))).toEqual(hidden);
  expect(types.filter(type => !mayRead(type, true))).toEqual([]);
});

describe('an event', () => {
  const event: NewEvent = {
    ...{ companyId: someCompany(), type: 'job.held', at: 1_700_000_000_000, subject: 'j', subjectVersion: 3, place },
    data: { job: { id: 'j' } },
  };

  it('has the same id for the same change and another one for any other', () => {
    const changes: Partial<NewEvent>[] = [
      { companyId: someCompany() },
      { type: 'job.queued' },
      { at: event.at + 1 },
      { subject: 'k' },
      { subjectVersion: 4 },
    ];

    expect(eventIdOf(event)).toMatch(/^evt_[0-9a-f]{32}$/);
    expect(eventIdOf({ ...event, place: 'other' })).toBe(eventIdOf(event));
    expect(new Set([event, ...changes.map(change => ({ ...event, ...change }))].map(eventIdOf)).size).toBe(6);
  });

  it('is numbered, with what receivers get', () => {
    const { body, ...row } = numbered(event, 9);

    expect(row).toEqual({ id: eventIdOf(event), sequence: 9, type: 'job.held', at: event.at, subject: 'j', place });
    expect(JSON.parse(body)).toEqual({
      ...{ type: 'job.held', timestamp: '2023-11-14T22:13:20.000Z', sequence: 9, subject: 'j', subjectVersion: 3 },
      data: { job: { id: 'j' } },
    });
  });
});

describe('the event of an upload', () => {
  const open = someSession(someCompany(), { version: 4, name: 'a.pdf', octets: 5 });
  const completed = { ...open, state: 'completed' as const };

  it('is its completion, once', () => {
    const states = ['open', 'closing', 'closed', 'completed', 'aborted', 'expired'] as const;
    fc.assert(
      fc.property(fc.constantFrom(undefined, ...states), fc.constantFrom(...states), (from, to) => {
        const events = uploadEvents(from && { ...open, state: from }, { ...open, state: to }, 1);

        expect(events).toHaveLength(to === 'completed' && from !== 'completed' ? 1 : 0);
      }),
    );
  });

  it('names the upload, shortened', () => {
    const { companyId, id: subject } = open;
    const [event] = uploadEvents(open, { ...completed, name: 'n'.repeat(300) }, 7);

    expect(event).toMatchObject({ companyId, type: 'upload.completed', at: 7, subject, subjectVersion: 4 });
    expect(event?.data).toMatchObject({ upload: { id: subject, name: 'n'.repeat(255), octets: 5 } });
    expect(uploadEvents(open, { ...completed, name: undefined }, 7)).toHaveLength(1);
  });
});
