import { describe, expect, it } from 'vitest';
import { someCompany, someJob } from '../../../../doubles/samples.ts';
import type { Grant } from '../../../../shared/core/domain/grant.ts';
import type { JobId, RelayId } from '../../../../shared/core/domain/ids.ts';
import { isFinal, type Job, type JobEvent, type Standing } from '../../../../shared/core/domain/job.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';

/* What an event changes of a job besides its standing, and what it leaves as it was. */

const [since, at] = [1_700_000_000_000, 1_700_000_900_000];
const hour = 3_600_000;
const [relayId, other] = ['r' as RelayId, 'other' as RelayId];
const newer = 'b'.repeat(32) as JobId;
const document = { key: 'k', octets: 1, sha256: 'ab', format: 'application/pdf' };
const made = { ...document, key: 'made' };
const grant: Grant = { instance: 'one', ask: 4, at: since, isBegun: true };
const waits: Grant = { ...grant, isBegun: false };

/** A job whose every member could be lost by an event. */
const jobAt = (standing: Standing, changes: Partial<Job> = {}): Job => ({
  ...someJob(someCompany(), { submittedAt: since, standing }),
  ...{
    user: 'u',
    tags: ['t'],
    document,
    pageCount: 7,
    warnings: ['old'],
    callback: { url: 'https://a.test', origin: '' },
  },
  ...{ reasons: ['media-empty'], message: 'before', nudges: 3, reportSequence: 5, ...changes },
});

const atRelay = (changes: Partial<Job> = {}, standing: Standing = 'processing/queued-in-device') =>
  jobAt(standing, { relayId, grant, receivedAt: since, doubtedAt: since, ...changes });
const unconfirmed = (changes: Partial<Job> = {}) => atRelay(changes, 'processing-stopped/delivery-unconfirmed');
const fetchable = (changes: Partial<Job> = {}) => jobAt('pending/job-fetchable', changes);
const acknowledged = (ask: number, more: object = {}): JobEvent => ({
  ...{ type: 'acknowledged', relayId, attempt: 1 },
  ask: { instance: 'one', ask, waits: false, reportSequence: 5, ...more },
});
const report = (state: 'processing' | 'completed' | 'canceled', more: object = {}): JobEvent => ({
  ...{ type: 'reported', attempt: 1, sequence: 6, state, reasons: [], ...more },
});

const clockwork = ['updatedAt', 'dueAt', 'history'];

/** Its members that an event changed, without what follows from the standing and the time. */
function changesOf(before: Job, event: JobEvent): Partial<Job> {
  const after = applyEvent(before, event, at) as Job;
  const isMoved = after.standing !== before.standing;
  expect([after.updatedAt, after.since]).toEqual([at, isMoved ? at : before.since]);
  expect(after.endedAt).toBe(isFinal(after) ? at : undefined);
  if (isMoved) expect(after.nudges).toBe(0);
  const follows = [...clockwork, ...(isMoved ? ['since', 'nudges', 'endedAt'] : [])];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Job)[];
  const isChanged = (name: keyof Job) => JSON.stringify(before[name]) !== JSON.stringify(after[name]);
  return Object.fromEntries(
    names.filter(name => isChanged(name) && !follows.includes(name)).map(name => [name, after[name]]),
  );
}

type Row = [what: string, before: Job, event: JobEvent, changes: Partial<Job>];
const standing = {
  fetchable: 'pending/job-fetchable',
  held: 'pending-held/job-hold-until-specified',
  atRelay: 'processing/queued-in-device',
  unconfirmed: 'processing-stopped/delivery-unconfirmed',
  completed: 'completed/job-completed-successfully',
  canceled: 'canceled/job-canceled-by-user',
  aborted: 'aborted/aborted-by-system',
} satisfies Record<string, Standing>;
const unprinted = 'The job expired before its printer could print it. Nothing was printed.';
const partly = 'The job expired before its printer could finish it. Some of its pages may be out.';

const preparation: Row[] = [
  [
    'its document arrives',
    jobAt('pending-held/job-incoming', { document: undefined }),
    { type: 'document-received', document: made },
    { standing: standing.fetchable, source: { kind: 'ready', document: made }, document: made },
  ],
  [
    'its preparation begins',
    jobAt('pending/job-queued'),
    { type: 'preparation-step', step: 'starting' },
    { standing: 'processing/job-transforming', step: 'starting' },
  ],
  [
    'its preparation goes on',
    jobAt('processing/job-transforming', { step: 'starting' }),
    { type: 'preparation-step', step: 'rendering' },
    { step: 'rendering' },
  ],
  [
    'it is prepared, with a count of pages and warnings',
    jobAt('processing/job-transforming', { step: 'rendering' }),
    { type: 'prepared', document: made, pageCount: 2, warnings: ['new'] },
    { standing: standing.fetchable, document: made, pageCount: 2, warnings: ['new'], step: undefined },
  ],
  [
    'it is prepared, without them',
    jobAt('processing/job-transforming'),
    { type: 'prepared', document: made },
    { standing: standing.fetchable, document: made, warnings: undefined },
  ],
  [
    'its file is prepared',
    jobAt('pending/job-queued', {
      printer: undefined,
      output: { fileName: 'a.pdf', keepMilliseconds: 5000, once: true },
    }),
    { type: 'prepared', document: made },
    {
      ...{ standing: standing.completed, document: made, warnings: undefined },
      output: { fileName: 'a.pdf', keepMilliseconds: 5000, once: true, collectBy: at + 5000 },
    },
  ],
  [
    'its preparation fails',
    jobAt('processing/job-transforming'),
    { type: 'failed', reason: 'document-format-error', code: 'bad-content', message: 'It is empty.' },
    { standing: standing.aborted, reasons: ['document-format-error'], error: 'bad-content', message: 'It is empty.' },
  ],
];

const permission: Row[] = [
  [
    'a relay takes it',
    fetchable(),
    acknowledged(1),
    {
      ...{ standing: standing.atRelay, relayId, receivedAt: at, reasons: [], message: undefined },
      grant: { instance: 'one', ask: 1, at, isBegun: true },
    },
  ],
  [
    'a relay takes it that prints others first',
    fetchable({ receivedAt: since, doubtedAt: since }),
    acknowledged(1, { waits: true }),
    {
      ...{ standing: standing.atRelay, relayId, doubtedAt: undefined, reasons: [], message: undefined },
      grant: { instance: 'one', ask: 1, at, isBegun: false },
    },
  ],
  [
    'a relay of release 0.1.0 takes it again',
    fetchable({ grant }),
    { type: 'acknowledged', relayId, attempt: 1 },
    { standing: standing.atRelay, relayId, receivedAt: at, reasons: [], message: undefined },
  ],
  ['its relay asks again', atRelay(), acknowledged(5), { grant: { ...grant, ask: 5, at }, doubtedAt: undefined }],
  [
    'its relay asks for a job that is to be held',
    atRelay({ hold: {} }),
    acknowledged(5),
    { standing: standing.held, grant: { ...grant, ask: 5, at }, doubtedAt: undefined, relayId: undefined, reasons: [] },
  ],
  [
    'its relay was silent, and asks',
    unconfirmed({ grant: { ...grant, at } }),
    acknowledged(5),
    {
      ...{ standing: standing.atRelay, doubtedAt: undefined, reasons: [], message: undefined },
      grant: { ...grant, ask: 5, at },
    },
  ],
  [
    'its relay was silent, and asks too late',
    unconfirmed({ expiresAt: at }),
    acknowledged(5),
    { standing: standing.aborted, reasons: ['expired'], message: unprinted },
  ],
  [
    'its relay cannot take it',
    fetchable(),
    { type: 'delayed', reasons: ['spool-area-full'], message: 'The disk is full.' },
    { reasons: ['spool-area-full'], message: 'The disk is full.' },
  ],
];

const reports: Row[] = [
  [
    'it is being printed',
    atRelay(),
    report('processing', { reasons: ['job-printing', 'media-low'], message: 'now' }),
    {
      ...{ standing: 'processing/job-printing', reportSequence: 6, doubtedAt: undefined },
      ...{ reasons: ['media-low'], message: 'now' },
    },
  ],
  [
    'it was printed, with warnings',
    atRelay(),
    report('completed', { warnings: ['new', 'old', 'new'] }),
    {
      ...{ standing: standing.completed, reportSequence: 6, doubtedAt: undefined, warnings: ['old', 'new'] },
      ...{ reasons: [], message: undefined },
    },
  ],
  [
    'it was printed, with its first warning',
    atRelay({ warnings: undefined, doubtedAt: undefined }),
    report('completed', { warnings: ['new'] }),
    { standing: standing.completed, reportSequence: 6, warnings: ['new'], reasons: [], message: undefined },
  ],
  [
    'its relay has ended it as it had expired',
    atRelay({ isExpiring: true }),
    report('canceled', { message: 'ended' }),
    {
      ...{ standing: standing.aborted, reportSequence: 6, doubtedAt: undefined },
      ...{ reasons: ['expired'], message: unprinted },
    },
  ],
  [
    'its relay has ended it as it was dropped',
    atRelay({ isExpiring: true, dropMessage: 'It waited too long.' }),
    report('canceled'),
    {
      ...{ standing: standing.aborted, reportSequence: 6, doubtedAt: undefined },
      ...{ reasons: ['expired', 'backlog-dropped'], message: 'It waited too long.' },
    },
  ],
  [
    'it was printed although it had expired',
    atRelay({ isExpiring: true }),
    report('completed'),
    { standing: standing.completed, reportSequence: 6, doubtedAt: undefined, reasons: [], message: undefined },
  ],
];

const cancellations: Row[] = [
  [
    'it is canceled while it waits',
    fetchable(),
    { type: 'cancel-requested' },
    { standing: standing.canceled, cancelRequested: true },
  ],
  [
    'it is canceled with a reason',
    fetchable(),
    { type: 'cancel-requested', message: 'Wrong address.' },
    { standing: standing.canceled, cancelRequested: true, message: 'Wrong address.' },
  ],
  [
    'it is canceled while its relay may print it',
    atRelay(),
    { type: 'cancel-requested' },
    { cancelRequested: true, nudges: 0 },
  ],
  [
    'it is canceled while it is unknown whether it was printed',
    unconfirmed(),
    { type: 'cancel-requested' },
    { standing: standing.canceled, cancelRequested: true, reasons: ['delivery-unconfirmed'] },
  ],
  [
    'a newer one replaces it',
    fetchable(),
    { type: 'superseded', by: newer },
    { standing: standing.canceled, supersededBy: newer, message: `Replaced by the newer job ${newer}.` },
  ],
];

const holds: Row[] = [
  [
    'a person releases it',
    jobAt(standing.held, { hold: {} }),
    { type: 'released', actor: 'till 3' },
    { standing: standing.fetchable, hold: undefined, reasons: [], message: undefined, isReleased: true },
  ],
  [
    'its hold is over',
    jobAt(standing.held, { hold: { until: at } }),
    { type: 'released' },
    { standing: standing.fetchable, hold: undefined, reasons: [], message: undefined },
  ],
  [
    'it is held while it waits',
    fetchable({ relayId, doubtedAt: since }),
    { type: 'held', message: 'away' },
    { standing: standing.held, hold: {}, reasons: [], message: 'away', relayId: undefined, doubtedAt: undefined },
  ],
  [
    'it is held before its relay begins',
    atRelay({ grant: waits }),
    { type: 'held', message: 'away' },
    { standing: standing.held, hold: {}, reasons: [], message: 'away', relayId: undefined, doubtedAt: undefined },
  ],
  [
    'it is held while its relay may print it',
    atRelay(),
    { type: 'held', message: 'away' },
    { hold: {}, message: 'away' },
  ],
  [
    'it is dropped while it waits',
    fetchable(),
    { type: 'dropped', message: 'away' },
    { standing: standing.aborted, reasons: ['expired', 'backlog-dropped'], message: 'away' },
  ],
  [
    'it is dropped before its relay begins',
    atRelay({ grant: waits }),
    { type: 'dropped', message: 'away' },
    { standing: standing.aborted, reasons: ['expired', 'backlog-dropped'], message: 'away' },
  ],
  [
    'it is dropped while its relay may print it',
    atRelay(),
    { type: 'dropped', message: 'away' },
    { cancelRequested: true, isExpiring: true, dropMessage: 'away' },
  ],
];

const doubts: Row[] = [
  ['it is doubted', atRelay({ doubtedAt: undefined }), { type: 'doubted' }, { doubtedAt: at }],
  [
    'it is lost before its relay began',
    atRelay({ grant: waits }),
    { type: 'lost', message: 'gone' },
    { standing: standing.fetchable, message: undefined, reasons: [], doubtedAt: undefined, relayId: undefined },
  ],
  [
    'it is lost while its relay may print it',
    atRelay(),
    { type: 'lost', message: 'gone' },
    {
      ...{ standing: standing.unconfirmed, message: 'gone', reasons: [], doubtedAt: undefined },
      grant: { ...grant, isLost: true },
    },
  ],
  [
    'a relay of release 0.1.0 has lost it',
    atRelay({ grant: undefined }),
    { type: 'lost', message: 'gone' },
    { standing: standing.unconfirmed, message: 'gone', reasons: [], doubtedAt: undefined },
  ],
  [
    'another relay takes over before its own began',
    atRelay({ grant: waits }),
    { type: 'handed-over', message: 'gone' },
    { standing: standing.fetchable, message: undefined, reasons: [], doubtedAt: undefined, relayId: undefined },
  ],
  [
    'another relay takes over while its own may print it',
    atRelay(),
    { type: 'handed-over', message: 'gone' },
    { standing: standing.unconfirmed, message: 'gone', reasons: [], doubtedAt: undefined },
  ],
  [
    'the data was restored while it waited',
    fetchable({ grant: waits, doubtedAt: since }),
    { type: 'restored', message: 'restored' },
    {
      ...{ standing: standing.unconfirmed, message: 'restored', reasons: [], doubtedAt: undefined },
      grant: { ...waits, ask: Number.MAX_SAFE_INTEGER },
    },
  ],
  [
    'the data was restored while its relay had it',
    atRelay(),
    { type: 'restored', message: 'restored' },
    {
      ...{ standing: standing.unconfirmed, message: 'restored', reasons: [], doubtedAt: undefined },
      grant: { ...grant, ask: Number.MAX_SAFE_INTEGER },
    },
  ],
  [
    'the data was restored while no relay could have had it',
    jobAt('pending/job-queued'),
    { type: 'restored', message: 'restored' },
    { hold: {} },
  ],
  [
    'a person confirms it',
    unconfirmed(),
    { type: 'resolved-printed' },
    { standing: standing.completed, message: 'Confirmed as printed by a person.', reasons: [] },
  ],
  [
    'a person has it printed again',
    unconfirmed({ expiresAt: at, printBefore: at, cancelRequested: true }),
    { type: 'resolved-reprint' },
    {
      ...{ standing: standing.fetchable, attempt: 2, reportSequence: 0, message: undefined, reasons: [] },
      ...{
        relayId: undefined,
        grant: undefined,
        cancelRequested: undefined,
        expiresAt: undefined,
        printBefore: undefined,
      },
    },
  ],
];

const expiries: Row[] = [
  [
    'its relay is asked to end it',
    atRelay({ expiresAt: at }),
    { type: 'expiry-requested' },
    { cancelRequested: true, isExpiring: true },
  ],
  [
    'it expires before its relay began',
    atRelay({ grant: waits, expiresAt: at }),
    { type: 'expiry-requested' },
    {
      ...{ standing: standing.aborted, reasons: ['expired'] },
      message: `The job expired at ${new Date(at).toISOString()}, before it was printed. Nothing was printed.`,
    },
  ],
  [
    'its relay is silent',
    atRelay(),
    { type: 'silent' },
    {
      standing: standing.unconfirmed,
      message: 'The relay has not reported since it acknowledged the job. The job may have been printed.',
    },
  ],
  [
    'its relay is silent, and had not begun',
    atRelay({ grant: waits }),
    { type: 'silent' },
    { standing: standing.aborted, reasons: ['expired'], message: unprinted },
  ],
  [
    'its relay has stopped in the middle of it and not begun again',
    {
      ...atRelay({ grant: waits }, 'processing-stopped/printer-stopped'),
      history: [
        { at: since, standing: 'pending/job-fetchable', reasons: [] },
        { at: since, standing: 'processing/job-printing', reasons: [] },
      ],
    },
    { type: 'silent' },
    { standing: standing.aborted, reasons: ['expired'], message: partly },
  ],
  [
    'no person decides about it',
    unconfirmed({ message: undefined }),
    { type: 'expired' },
    {
      ...{ standing: standing.aborted, reasons: ['media-empty', 'delivery-unconfirmed'] },
      message: 'It is unknown whether the job was printed. It may have been printed.',
    },
  ],
  [
    'no relay fetches it',
    fetchable(),
    { type: 'expired' },
    { standing: standing.aborted, reasons: ['media-empty', 'expired'] },
  ],
];

describe('a job changes as follows and no more when', () => {
  const rows = [preparation, permission, reports, cancellations, holds, doubts, expiries].flat();

  it.each(rows)('%s', (_what, before, event, changes) => {
    expect(changesOf(before, event)).toStrictEqual(changes);
  });
});

describe('the message of a job that expired', () => {
  const messages: [Standing, string][] = [
    ['pending-held/job-incoming', 'The document was not uploaded in time.'],
    ['pending/job-queued', 'The document was not prepared in time.'],
    ['processing/job-transforming', 'Preparing the document took too long.'],
    ['pending/job-fetchable', 'No relay fetched the job in time.'],
    ['pending-held/job-hold-until-specified', 'The job was held and not released in time.'],
  ];
  const messageOf = (before: Job) => applyEvent(before, { type: 'expired' }, at)?.message;

  it.each(messages)('says what did not happen in time: %s', (where, message) => {
    expect(messageOf(jobAt(where, { message: undefined }))).toBe(message);
    expect(messageOf(jobAt(where))).toBe('before');
  });

  it('names the earlier of two deadlines', () => {
    const time = (of: number) => new Date(of).toISOString();
    const late = { message: undefined, expiresAt: at - hour, printBefore: at - 2 * hour };

    expect(messageOf(fetchable(late))).toContain(`was to be printed before ${time(at - 2 * hour)}`);
    expect(messageOf(fetchable({ ...late, printBefore: at }))).toContain(`expired at ${time(at - hour)}`);
    expect(messageOf(fetchable({ ...late, printBefore: at - hour }))).toContain('was to be printed before');
    expect(messageOf(fetchable({ ...late, expiresAt: at + hour, printBefore: at + hour }))).toBe(
      'No relay fetched the job in time.',
    );
  });
});

describe('an event that changes nothing', () => {
  const rows: [string, Job, JobEvent][] = [
    ['the same delay', fetchable({ message: 'm' }), { type: 'delayed', reasons: ['media-empty'], message: 'm' }],
    ['a second doubt', atRelay(), { type: 'doubted' }],
    ['a second request to end it', atRelay({ isExpiring: true }), { type: 'expiry-requested' }],
    [
      'the same step',
      jobAt('processing/job-transforming', { step: 'starting' }),
      { type: 'preparation-step', step: 'starting' },
    ],
    ['a second cancellation', atRelay({ cancelRequested: true }), { type: 'cancel-requested' }],
    ['a release without a hold', fetchable({ hold: undefined }), { type: 'released' }],
    ['a newer job when it may have begun', atRelay(), { type: 'superseded', by: newer }],
    ['a drop of what expires', atRelay({ isExpiring: true }), { type: 'dropped', message: 'away' }],
    ['a drop of what is being printed', atRelay({}, 'processing/job-printing'), { type: 'dropped', message: 'away' }],
    ['another attempt at it', fetchable(), { ...acknowledged(1), attempt: 2 } as JobEvent],
    ['another relay that asks', atRelay(), { ...acknowledged(5), relayId: other } as JobEvent],
  ];

  it.each(rows)('is %s', (_what, before, event) => {
    expect(applyEvent(before, event, at)).toBeUndefined();
  });

  it.each<[string, Job, JobEvent]>([
    ['for another reason', fetchable(), { type: 'delayed', reasons: ['busy'], message: 'before' }],
    ['with another message', fetchable(), { type: 'delayed', reasons: ['media-empty'], message: 'other' }],
  ])('is not a delay %s', (_what, before, event) => {
    expect(applyEvent(before, event, at)).toBeDefined();
  });
});

describe('the history of a job', () => {
  const entry = { at, standing: standing.fetchable, reasons: ['media-empty'] };
  const added = (before: Job, event: JobEvent) => applyEvent(before, event, at)?.history.slice(before.history.length);

  it('has an entry for each change of standing and reasons, with a new message', () => {
    expect(added(fetchable(), { type: 'delayed', reasons: ['busy'], message: 'full' })).toEqual([
      { ...entry, reasons: ['busy'], message: 'full' },
    ]);
    expect(added(fetchable(), { type: 'expired' })).toEqual([
      { at, standing: standing.aborted, reasons: ['media-empty', 'expired'] },
    ]);
    expect(added(fetchable({ message: undefined }), { type: 'expired' })).toMatchObject([
      { message: 'No relay fetched the job in time.' },
    ]);
    expect(added(fetchable(), { type: 'delayed', reasons: ['media-empty'], message: 'full' })).toEqual([]);
  });

  it.each<[string, Job, JobEvent]>([
    ['A cancellation was requested.', atRelay(), { type: 'cancel-requested', actor: 'till 3' }],
    ['Released from its hold.', jobAt(standing.held, { hold: {} }), { type: 'released', actor: 'till 3' }],
    ['Confirmed as printed.', unconfirmed(), { type: 'resolved-printed', actor: 'till 3' }],
    ['Not confirmed: printed again.', unconfirmed(), { type: 'resolved-reprint', actor: 'till 3' }],
  ])('names who asked, and for what: %s', (message, before, event) => {
    expect(added(before, event)).toMatchObject([{ actor: 'till 3', message }]);
  });

  it('keeps the reason of a cancellation, shortened', () => {
    expect(added(fetchable(), { type: 'cancel-requested', message: 'x'.repeat(300) })).toMatchObject([
      { message: 'x'.repeat(200) },
    ]);
  });

  it('keeps its newest 50 entries', () => {
    const history = Array.from({ length: 50 }, (_, index) => ({ ...entry, at: index }));

    const after = applyEvent(fetchable({ history }), { type: 'cancel-requested' }, at);

    expect(after?.history.map(one => one.at)).toEqual([...history.slice(1).map(one => one.at), at]);
  });
});
