import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRelayEvent, readUpMessage } from '../../../shared/protocol/relay-message-schema.ts';

const jobId = 'a'.repeat(32);
const report = { type: 'report', jobId, attempt: 1, sequence: 1, state: 'completed', reasons: [], at: 5 };
const laser = { deviceId: 'laser', scheme: 'ipp', attributes: {}, state: 'idle', stateReasons: [] };

describe('a message of a relay', () => {
  it.each<[title: string, message: object]>([
    ['that asks for tickets', { type: 'fetch' }],
    [
      'that says what it holds',
      { type: 'fetch', instance: 'i', holds: [{ jobId, attempt: 1 }], lost: 'disk', wants: [] },
    ],
    ['that does not know a job', { type: 'unknown', jobId, attempt: 1, instance: 'i', why: 'new' }],
    [
      'that asks again',
      { type: 'acknowledge', jobId, attempt: 1, instance: 'i', ask: 2, waits: false, reportSequence: 0 },
    ],
    ['that takes a job', { type: 'acknowledge', jobId, attempt: 1 }],
    ['that takes a job and carries reports', { type: 'acknowledge', jobId, attempt: 1, reports: [report] }],
    ['that reports', { ...report, message: 'paper jam', canWait: true }],
    ['that registers devices', { type: 'register', devices: [laser] }],
  ])('%s is read as it is', (_title, message) => {
    expect(readUpMessage(message)).toEqual(message);
  });

  it.each<[message: unknown]>([
    [undefined],
    ['fetch'],
    [[]],
    [{ type: 'connected', at: 1, version: 1 }],
    [{ type: 'acknowledge', reports: 5 }],
    [{ type: 'acknowledge', jobId: {}, attempt: 1 }],
    [{ type: 'acknowledge', jobId, attempt: 1, reports: [5] }],
    [{ type: 'acknowledge', jobId, attempt: 1, reports: Array(21).fill(report) }],
    [{ ...report, state: 'pending' }],
    [{ ...report, sequence: 1.5 }],
    [{ ...report, reasons: 'none' }],
    [{ type: 'register', devices: {} }],
  ])('is refused when it is %j', message => {
    expect(readUpMessage(message)).toBeUndefined();
  });

  it('loses members that are unknown', () => {
    expect(readUpMessage({ type: 'fetch', companyId: 'other' })).toEqual({ type: 'fetch' });
  });

  it('keeps what it can of a device, and the devices that can be read', () => {
    const odd = {
      ...laser,
      state: {},
      stateReasons: 'x',
      attributes: { 'media-supported': 5, 'printer-info': { a: 1 }, 'media-default': 'iso_a4_210x297mm', other: 1 },
    };

    expect(readUpMessage({ type: 'register', devices: [null, odd, { ...laser, deviceId: 'a/b' }, laser] })).toEqual({
      type: 'register',
      devices: [{ ...laser, state: 'unknown', attributes: { 'media-default': 'iso_a4_210x297mm' } }, laser],
    });
  });

  it('is read or refused whatever it holds, and never throws', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(jobId, report, laser, [report], [laser]));
    const message = fc.record(
      {
        type: fc.constantFrom('fetch', 'acknowledge', 'report', 'register', 'connected', ''),
        jobId: value,
        attempt: value,
        sequence: value,
        state: value,
        reasons: value,
        reports: value,
        devices: value,
        at: value,
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(message, given => {
        const read = readUpMessage(given);
        if (read) expect(readUpMessage(read)).toEqual(read);
      }),
    );
  });
});

describe('a message of the queue', () => {
  const presence = { type: 'disconnected', relayId: 'relay-1', at: 1, version: 7 };

  it('tells of presence only when no relay sent it', () => {
    expect(readRelayEvent(presence)).toEqual(presence);
    expect(readRelayEvent({ ...presence, origin: 'relay' })).toBeUndefined();
  });

  it('names its relay', () => {
    expect(readRelayEvent({ type: 'fetch', relayId: 'relay-1', receivedAt: 1, origin: 'relay' })).toEqual({
      type: 'fetch',
      relayId: 'relay-1',
    });
    expect(readRelayEvent({ type: 'fetch' })).toBeUndefined();
  });
});
