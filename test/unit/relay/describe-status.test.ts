import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeJobs, describeStatus, type RelayView } from '../../../relay/describe-status.ts';
import { HeldJob, type JournalEntry, keyOf } from '../../../relay/held-job.ts';
import type { Device } from '../../../shared/core/domain/printer.ts';
import { selfSigned } from './printers/self-signed.ts';
import { ticket } from './relay-fixture.ts';

const [one, two, three] = [ticket(1), ticket(2), ticket(3, { attempt: 2 })];
const end = { sequence: 4, state: 'aborted' as const, reasons: ['aborted-by-system'], message: 'No.', at: 7_000 };
const device = { deviceId: 'office', scheme: 'scripted', attributes: {}, state: 'idle', stateReasons: [] } as Device;
const { cert } = await selfSigned();
const certificateEnds = new X509Certificate(cert).validToDate;
const now = certificateEnds.getTime() - 40 * 24 * 60 * 60_000;

function viewOf(members: Partial<RelayView> = {}): RelayView {
  return {
    identity: { relayId: 'a'.repeat(32), locationId: 'shop', certificate: cert } as RelayView['identity'],
    insteadOf: undefined,
    isStandby: false,
    connection: { isConnected: true, since: now, detail: 'print.example.com' },
    devices: [{ deviceId: 'office', uri: 'ipp://10.0.0.7/ipp/print', device }],
    troubles: [],
    held: [],
    ended: [],
    ...members,
  };
}

const printing = () => {
  const job = new HeldJob(one);
  job.stage = 'granted';
  job.nextReport({ state: 'processing', reasons: ['job-printing'], message: 'page 3' }, 5_000);
  return job;
};

describe('the jobs of a journal', () => {
  test('are those that are held, then those that ended, the newest first', () => {
    const held = printing().record();
    const entries: [string, JournalEntry][] = [
      [keyOf(two), { stage: 'forgotten', end }],
      [keyOf(one), held],
      ['unknown.1', { stage: 'forgotten' }],
      [keyOf(three), { stage: 'forgotten', end: { ...end, state: 'completed', message: undefined } }],
    ];
    const ended = { isEnded: true, reasons: end.reasons, at: 7_000 };

    expect(describeJobs(new Map(entries))).toEqual([
      {
        ...{ id: one.jobId, attempt: 1, printer: 'office', isEnded: false },
        ...{ state: 'processing', reasons: ['job-printing'], message: 'page 3', at: 5_000 },
      },
      { ...ended, id: three.jobId, attempt: 2, state: 'completed' },
      { ...ended, id: two.jobId, attempt: 1, state: 'aborted', message: 'No.' },
    ]);
  });
});

describe('the state of a relay', () => {
  test('says who it is, what it is connected to, and which jobs its printers have', () => {
    const [waiting, over] = [new HeldJob(two), new HeldJob(three)];
    over.stage = 'ended';
    const ended = [{ key: keyOf(three), end }];

    const status = describeStatus(viewOf({ held: [printing(), waiting, over], ended }), now);

    expect(status).toMatchObject({
      enrolled: { relayId: 'a'.repeat(32), location: 'shop', certificateEnds: certificateEnds.toISOString() },
      connection: { isConnected: true, detail: 'print.example.com' },
      printers: [
        { name: 'office', address: 'ipp://10.0.0.7/ipp/print', state: 'idle', words: 'ready', waitingJobs: 2 },
      ],
      advice: [],
    });
    expect(status.jobs.map(({ id, state, isEnded, reasons }) => [id, state, isEnded, reasons])).toEqual([
      [one.jobId, 'processing', false, ['job-printing']],
      [two.jobId, 'being fetched', false, []],
      [three.jobId, 'ended', true, []],
      [three.jobId, 'aborted', true, ['aborted-by-system']],
    ]);
  });

  test.each([
    [false, 'active'],
    [true, 'standby'],
  ])('says whether it is the one that prints (%j: %s)', (isStandby, role) => {
    expect(describeStatus(viewOf({ isStandby }), now).enrolled).toMatchObject({ role });
  });

  test.each([
    [{ state: 'processing' }, 'printing'],
    [{ state: 'stopped' }, 'stopped'],
    [{ state: 'unknown' }, 'takes data; cannot be asked'],
    [{ state: 'stopped', stateReasons: ['media-empty'] }, 'is out of paper (media-empty)'],
    [{ state: 'idle', stateReasons: ['vendor-odd', 'vendor-other'] }, 'vendor-odd, vendor-other'],
    [undefined, 'is being asked'],
  ] as const)('says of a printer %j that it %s', (members, words) => {
    const seen = members && ({ ...device, ...members } as Device);
    const devices = [{ deviceId: 'office', uri: 'socket://10.0.0.7', device: seen }];

    expect(describeStatus(viewOf({ devices }), now).printers[0]).toMatchObject({ words });
  });

  const away = { isConnected: false, detail: 'timeout' };
  test.each([
    ['a server that is away for long', { connection: { ...away, since: now - 61_000 } }, /cannot be reached/],
    ['a server that is away for a moment', { connection: { ...away, since: now - 59_000 } }, undefined],
    ['a place that is lost', { lostPlace: 'It is a copy.', connection: { ...away, since: 0 } }, /^This relay has lost/],
    ['a full disk', { troubles: ['spool-area-full'] }, /disk of this machine is full/],
    ['no printer', { devices: [] }, /No printer yet/],
    ['a release that did not come up', { insteadOf: '1.2.3' }, /Release 1\.2\.3 is installed/],
  ])('advises on %s', (_what, members, advice) => {
    const given = describeStatus(viewOf(members), now).advice;

    expect(given).toEqual(advice ? [expect.stringMatching(advice)] : []);
  });

  test('warns a month before its certificate ends', () => {
    const day = 24 * 60 * 60_000;
    const adviceAt = (days: number) => describeStatus(viewOf(), certificateEnds.getTime() - days * day).advice;

    expect(adviceAt(31)).toEqual([]);
    expect(adviceAt(29)).toEqual([expect.stringContaining(certificateEnds.toDateString())]);
  });
});
