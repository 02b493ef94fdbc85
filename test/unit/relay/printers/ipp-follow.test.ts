import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { IppAnswer, IppClient } from '../../../../relay/ipp-client/client.ts';
import { IppExchangeError } from '../../../../relay/ipp-client/errors.ts';
import { deviceTimes } from '../../../../relay/printers/device-options.ts';
import { type Followed, follow } from '../../../../relay/printers/ipp-follow.ts';
import type { PrinterView } from '../../../../relay/printers/ipp-printer-view.ts';
import type { Progress } from '../../../../relay/printers/output-device.ts';
import { make } from '../../../../shared/ipp/attributes.ts';
import type { IppAttribute } from '../../../../shared/ipp/message.ts';
import { statusCodes } from '../../../../shared/ipp/tags.ts';

/** What a printer says when it is asked about the job; the last of a script is said again and again. */
interface Look {
  job?: Partial<Job> | IppExchangeError;
  /** instead of a job */
  status?: keyof typeof statusCodes;
  /** jobs that the printer lists */
  list?: Partial<Job>[];
  printer?: Partial<Printer> | IppExchangeError;
  /** milliseconds that pass before the answer */
  after?: number;
  /** whether a person cancels the job just before */
  isCanceled?: boolean;
}

interface Job {
  id: number;
  name: string;
  uuid: string;
  state: keyof typeof states;
  reasons: string[];
  message: string;
  /** whether it came to the marking engine; absent: the printer does not say */
  processed: boolean;
}

interface Printer {
  uuid: string;
  up: number;
  isStopped: boolean;
  isAccepting: boolean;
  reasons: string[];
}

const states = { pending: 3, held: 4, processing: 5, stopped: 6, canceled: 7, aborted: 8, completed: 9 };
const token = 'job.1';
const [uuid, otherUuid] = ['urn:uuid:a', 'urn:uuid:b'];
const silent = new IppExchangeError('no answer', 'nothing');
const before: PrinterView = {
  ...{ uuid, upSeconds: 5000, askedAt: 0, isStopped: false, isAccepting: true, reasons: [], message: undefined },
  ...{ operations: [], formats: [], attributes: [] },
};

function jobAttributes({ id = 7, name = `${token} Invoice`, uuid, state = 'processing', ...more }: Partial<Job>) {
  const { reasons = [], message = '', processed } = more;
  return [
    make.integer('job-id', id),
    make.enum('job-state', states[state]),
    make.name('job-name', name),
    make.keyword('job-state-reasons', ...reasons),
    make.text('job-state-message', message),
    ...(uuid ? [make.uri('job-uuid', uuid)] : []),
    ...(processed === undefined
      ? []
      : [processed ? make.integer('time-at-processing', 1) : make.noValue('time-at-processing')]),
  ];
}

const printerAttributes = (printer: Partial<Printer>): IppAttribute[] => [
  make.uri('printer-uuid', printer.uuid ?? uuid),
  make.integer('printer-up-time', printer.up ?? 5000),
  make.enum('printer-state', printer.isStopped ? 5 : 4),
  make.boolean('printer-is-accepting-jobs', printer.isAccepting ?? true),
  make.keyword('printer-state-reasons', ...(printer.reasons ?? [])),
];

const answer = (members: Partial<IppAnswer>): IppAnswer => ({
  ...{ status: 0, message: 'successful-ok', printer: [], jobs: [], unsupported: [] },
  ...members,
});
const refusal = (name: keyof typeof statusCodes) => answer({ status: statusCodes[name], message: name });

/** The clock moves only when a script says so. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** Beyond a day of questions. */
const questionsAtMost = 2000;

interface Following extends Partial<Followed> {
  takesCancel?: boolean;
}

/** Follows a job at a printer that answers by a script, a minute passing each time that the last line is repeated. */
async function followScript(script: Look[], { takesCancel = false, ...members }: Following = {}) {
  let turn = 0;
  let now: Look = {};
  let cancels = 0;
  const controller = new AbortController();
  const progress: Progress[] = [];
  const endless = Promise.withResolvers<never>();
  const client = {
    async getJobAttributes() {
      if (turn > questionsAtMost) endless.reject(new Error('the job is followed for ever'));
      if (turn > questionsAtMost) return await endless.promise;
      vi.advanceTimersByTime(turn < script.length ? (script[turn]?.after ?? 0) : 60_000);
      now = script[Math.min(turn++, script.length - 1)] ?? {};
      if (now.isCanceled) controller.abort();
      if (now.job instanceof Error) throw now.job;
      return now.status ? refusal(now.status) : answer({ jobs: [jobAttributes(now.job ?? {})] });
    },
    async getPrinterAttributes() {
      if (now.printer instanceof Error) throw now.printer;
      return answer({ printer: printerAttributes(now.printer ?? {}) });
    },
    async getJobs(which: string) {
      const isOver = ({ state = 'processing' }: Partial<Job>) => ['canceled', 'aborted', 'completed'].includes(state);
      const listed = (now.list ?? []).filter(job => isOver(job) === (which === 'completed'));
      return answer({ jobs: listed.map(jobAttributes) });
    },
    async cancelJob() {
      cancels++;
      return takesCancel ? answer({}) : refusal('client-error-not-possible');
    },
  };
  const following = follow({
    client: client as unknown as IppClient,
    times: { ...deviceTimes({}), pollMilliseconds: 0 },
    ...{ token, jobId: 7, jobUuid: undefined, isAccepted: true, before, signal: controller.signal },
    progress: news => void progress.push(news),
    ...members,
  });
  const fate = await Promise.race([following, endless.promise]);
  return { fate, progress, cancels, turns: turn };
}

const gone: Look = { status: 'client-error-not-found' };
const crashed: Following = { before: undefined };
const unaccepted: Following = { isAccepted: false };

describe('the end of a job that was accepted', () => {
  const ends: [string, Look[], object][] = [
    ['completed', [{ job: { state: 'completed' } }], { kind: 'completed' }],
    [
      'completed with warnings',
      [{ job: { state: 'completed', reasons: ['job-completed-successfully', 'job-completed-with-warnings'] } }],
      { kind: 'completed', message: 'the printer says: job-completed-with-warnings' },
    ],
    ['canceled', [{ job: { state: 'canceled' } }], { kind: 'canceled', message: undefined }],
    [
      'aborted',
      [{ job: { state: 'aborted', reasons: ['aborted-by-system'], message: 'jam' } }],
      { kind: 'aborted', reasons: ['aborted-by-system'], message: 'the printer says: aborted-by-system, jam' },
    ],
    [
      'aborted without a word',
      [{ job: { state: 'aborted' } }],
      { kind: 'aborted', reasons: [], message: 'the printer aborted the job' },
    ],
  ];
  it.each(ends)('is believed: %s', async (_name, script, expected) => {
    const { fate, turns } = await followScript(script);

    expect(fate).toEqual(expected);
    expect(turns).toBe(1);
  });

  it('is what the answer to its document said already', async () => {
    const seen = { id: 7, uuid: undefined, name: undefined, reasons: [], message: undefined, wasProcessed: true };

    const { fate, turns } = await followScript([{}], { seen: { ...seen, state: 'completed' } });

    expect([fate, turns]).toEqual([{ kind: 'completed' }, 0]);
  });
});

describe('the end of a job that was not accepted', () => {
  const held: Look = { job: { state: 'held', reasons: ['job-incoming'] } };
  const ends: [string, Look[], Following, string][] = [
    ['completed', [{ job: { state: 'completed', processed: false } }], {}, 'unconfirmed'],
    ['aborted, processed', [{ job: { state: 'aborted', processed: true } }], {}, 'unconfirmed'],
    ['aborted, not processed', [{ job: { state: 'aborted', processed: false } }], {}, 'not-sent'],
    ['aborted, of which nothing is known', [{ job: { state: 'aborted' } }], {}, 'unconfirmed'],
    ['aborted while it waited for its document', [held, { job: { state: 'aborted' } }], {}, 'not-sent'],
    ['aborted after it was printing', [{}, held, { job: { state: 'aborted' } }], {}, 'unconfirmed'],
    ['canceled while we watched', [{ job: { state: 'canceled', processed: true } }], {}, 'canceled'],
    ['canceled by us', [held, { job: { state: 'canceled' } }], {}, 'not-sent'],
    ['canceled, before a crash', [{ job: { state: 'canceled', processed: true } }], crashed, 'unconfirmed'],
    [
      'canceled at the device, before a crash',
      [{ job: { state: 'canceled', processed: true, reasons: ['job-canceled-at-device'] } }],
      crashed,
      'canceled',
    ],
    [
      'canceled by an operator, before a crash',
      [{ job: { state: 'canceled', processed: true, reasons: ['other', 'job-canceled-by-operator'] } }],
      crashed,
      'canceled',
    ],
    [
      'aborted by an operator',
      [{ job: { state: 'aborted', processed: true, reasons: ['job-canceled-by-operator'] } }],
      {},
      'unconfirmed',
    ],
    [
      'canceled by a person, before a crash',
      [{ isCanceled: true }, { job: { state: 'canceled' } }],
      crashed,
      'canceled',
    ],
  ];
  it.each(ends)('is not more than can be known: %s', async (_name, script, members, kind) => {
    const { fate } = await followScript(script, { ...unaccepted, ...members });

    expect(fate.kind).toBe(kind);
  });

  it('says why it is unconfirmed', async () => {
    const [explained, bare] = [
      await followScript([{ job: { state: 'aborted', processed: true, message: 'jam' } }], unaccepted),
      await followScript([{ job: { state: 'aborted', processed: true } }], unaccepted),
    ];

    expect(explained.fate.message).toContain('(jam)');
    expect(bare.fate.message).toContain('(aborted)');
  });
});

describe('a job that the printer has forgotten', () => {
  const ends: [string, Look[], Following, string][] = [
    ['was printing', [{}, gone], {}, 'completed'],
    ['was pending', [{ job: { state: 'pending' } }, gone], {}, 'completed'],
    ['is gone, as another word says', [{}, { status: 'client-error-gone' }], {}, 'completed'],
    ['was stopped', [{ job: { state: 'stopped' } }, gone], {}, 'unconfirmed'],
    ['was held', [{ job: { state: 'held' } }, gone], {}, 'unconfirmed'],
    ['was never seen', [gone], {}, 'unconfirmed'],
    ['was not accepted', [{}, gone], unaccepted, 'unconfirmed'],
    ['was followed after a crash', [{}, gone], crashed, 'unconfirmed'],
    ...['processing-to-stop-point', 'job-canceled-by-user', 'aborted-by-system', 'media-jam-error'].map(
      (reason): [string, Look[], Following, string] => [
        `was being stopped: ${reason}`,
        [{ job: { reasons: ['job-printing', reason] } }, gone],
        {},
        'unconfirmed',
      ],
    ),
    ['had harmless reasons', [{ job: { reasons: ['not-aborted-by-system', 'errors'] } }, gone], {}, 'completed'],
    ['was at a printer that is stopped now', [{}, { ...gone, printer: { isStopped: true } }], {}, 'unconfirmed'],
    ['was at a printer that was off', [{}, { ...gone, printer: { up: 3 } }], {}, 'unconfirmed'],
    ['was at another printer', [{}, { ...gone, printer: { uuid: otherUuid } }], {}, 'unconfirmed'],
  ];
  it.each(ends)('%s', async (_name, script, members, kind) => {
    expect((await followScript(script, members)).fate.kind).toBe(kind);
  });

  it.each([
    [true, 'canceled'],
    [false, 'completed'],
  ])('after a cancel that the printer took (%s) is %s', async (takesCancel, kind) => {
    const script = [{ isCanceled: true }, {}, gone];

    expect((await followScript(script, { takesCancel })).fate.kind).toBe(kind);
  });

  it('says so, and whether another printer is there', async () => {
    const { fate: forgotten } = await followScript([gone]);
    const { fate: replaced } = await followScript([{ ...gone, printer: { uuid: otherUuid } }]);

    expect(forgotten.message).toContain('does not know the job');
    expect(replaced.message).toContain('another printer');
  });
});

describe('whose job it is', () => {
  const completed = { state: 'completed' as const };
  const cases: [string, Look[], Following, string][] = [
    ['by its UUID', [{ job: { ...completed, uuid, name: 'x' } }], { jobUuid: uuid }, 'completed'],
    ['not by another UUID', [{ job: { ...completed, uuid: otherUuid } }], { jobUuid: uuid }, 'unconfirmed'],
    ['by its name', [{ job: { ...completed, name: token } }], {}, 'completed'],
    ['not by a longer token', [{ job: { ...completed, name: `${token}2 x` } }], crashed, 'unconfirmed'],
    ['by its number while the printer stays on', [{ job: { ...completed, name: 'x' } }], {}, 'completed'],
    ['not by its number after a crash', [{ job: { ...completed, name: 'x' } }], crashed, 'unconfirmed'],
    ['not by its number after a reboot', [{ job: { ...completed, name: 'x' }, printer: { up: 3 } }], {}, 'unconfirmed'],
    ['by its name in the list', [{ ...gone, list: [{ id: 9, ...completed }] }], {}, 'completed'],
    [
      'by its name in the list where its number is another job now',
      [{ job: { name: 'x' }, list: [{ id: 9, ...completed }] }],
      crashed,
      'completed',
    ],
    [
      'not by a name in the list under another UUID',
      [{ ...gone, list: [{ id: 9, uuid: otherUuid, ...completed }] }],
      { jobUuid: uuid },
      'unconfirmed',
    ],
    [
      'by its name where questions are refused',
      [{ status: 'client-error-bad-request', list: [completed] }],
      crashed,
      'completed',
    ],
    [
      'by its number where questions are refused',
      [
        {
          status: 'client-error-bad-request',
          list: [
            { id: 6, name: 'y' },
            { ...completed, name: 'x' },
          ],
        },
      ],
      {},
      'completed',
    ],
    [
      'not by its number where questions are refused after a crash',
      [{ status: 'client-error-bad-request', list: [{ ...completed, name: 'x' }] }],
      crashed,
      'unconfirmed',
    ],
    [
      'not by its number under another UUID where questions are refused',
      [{ status: 'client-error-bad-request', list: [{ ...completed, name: 'x', uuid: otherUuid }] }],
      { jobUuid: uuid },
      'unconfirmed',
    ],
    [
      'by its name before its number where questions are refused',
      [
        {
          status: 'client-error-bad-request',
          list: [
            { state: 'aborted', name: 'x' },
            { id: 9, ...completed },
          ],
        },
      ],
      {},
      'completed',
    ],
  ];
  it.each(cases)('is known %s', async (_name, script, members, kind) => {
    expect((await followScript(script, members)).fate.kind).toBe(kind);
  });
});

describe('a job that is followed', () => {
  it.each([
    ['accepted, at a silent printer', [{}, { job: silent }], {}, 24 * 60],
    ['not accepted, at a silent printer', [{}, { job: silent }], unaccepted, 1],
    ['canceled, at a silent printer', [{}, { job: silent, isCanceled: true }], {}, 1],
    ['never ended', [{}], {}, 24 * 60],
    ['canceled and never ended', [{ isCanceled: true }], {}, 5],
    ['at a printer that tells nothing', [{ status: 'client-error-bad-request' }], {}, 1],
  ] as [string, Look[], Following, number][])(
    'is unconfirmed after its time: %s',
    async (_name, script, members, minutes) => {
      const { fate, turns } = await followScript(script, members);

      expect(fate.kind).toBe('unconfirmed');
      expect(turns - script.length).toBeGreaterThanOrEqual(minutes - 1);
      expect(turns - script.length).toBeLessThanOrEqual(minutes + 1);
    },
  );

  it('may be silent again and again, if it is heard between', async () => {
    const lines: Look[] = Array.from({ length: 10 }, () => [{ job: silent, after: 50_000 }, { after: 9_000 }]).flat();

    const { fate } = await followScript([...lines, { job: { state: 'aborted', processed: false } }], unaccepted);

    expect(fate.kind).toBe('not-sent');
  });

  it('is reported with the state of its printer', async () => {
    const { progress } = await followScript([
      { job: { state: 'pending' } },
      { after: 200 },
      { printer: { isStopped: true, reasons: ['media-empty'] } },
      { job: silent },
      { status: 'client-error-bad-request', printer: { reasons: ['toner-low'] } },
      { job: { state: 'completed' } },
    ]);

    expect(progress).toMatchObject([
      { state: 'processing', reasons: ['queued-in-device'] },
      { state: 'processing-stopped', reasons: ['printer-stopped', 'media-empty'] },
      { state: 'processing-stopped', reasons: ['offline'], message: 'no answer' },
      { state: 'processing', reasons: ['job-printing', 'toner-low'] },
    ]);
  });

  it('is not asked to end twice once the printer has agreed, and not at all unless it is withdrawn', async () => {
    const script = [{}, {}, {}, { job: { state: 'completed' as const } }];
    const counts = [
      await followScript(script),
      await followScript(script, { isWithdrawn: true, takesCancel: true }),
      await followScript(script, { isWithdrawn: true }),
    ].map(({ cancels }) => cancels);

    expect(counts).toEqual([0, 1, 3]);
  });

  it('is withdrawn if it waits for a document that it does not get', async () => {
    const waiting: Look = { job: { state: 'pending', reasons: ['job-data-insufficient'] } };
    const ended: Look = { job: { state: 'completed' } };

    const unsent = await followScript([waiting, ended], unaccepted);
    const accepted = await followScript([waiting, ended]);

    expect([unsent.cancels, accepted.cancels]).toEqual([1, 0]);
  });
});

describe('a job that keeps others from the printer', () => {
  const held: Look = { job: { state: 'held' }, after: 4_000 };
  const printing: Look = { after: 50_000 };
  const cases: [string, Look[], number][] = [
    ['is held for ten seconds', [held, held, held, held], 1],
    ['is held for less', [held, held, held], 0],
    ['is held again and again', [held, held, {}, held, held, {}, held], 0],
    ['is held for its document', Array(5).fill({ job: { state: 'held', reasons: ['job-incoming'] }, after: 4_000 }), 0],
    ['takes two minutes', Array(5).fill(printing), 1],
    ['takes less', Array(4).fill(printing), 0],
    ['is at a printer that is stopped', Array(5).fill({ ...printing, printer: { isStopped: true } }), 0],
    ['is at a printer that takes none', Array(5).fill({ ...printing, printer: { isAccepting: false } }), 0],
    ['went on a while ago', [printing, printing, { ...printing, printer: { isStopped: true } }, printing, printing], 0],
  ];
  it.each(cases)('%s', async (_name, script, times) => {
    const letOthersPass = vi.fn();

    await followScript([...script, { job: { state: 'completed' } }], { letOthersPass });

    expect(letOthersPass).toHaveBeenCalledTimes(times);
  });
});

it('a short job is not asked about its printer', async () => {
  const { progress } = await followScript([
    {},
    { after: 50 },
    { after: 40 },
    { after: 20 },
    {},
    { job: { state: 'completed' } },
  ]);

  expect(progress).toHaveLength(2);
});
