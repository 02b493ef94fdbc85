import { describe, expect, it } from 'vitest';
import type { ClientJob, ClientPrinter } from '../../../client/index.ts';
import { highlightsOf } from '../../../console/pages/job/highlights.ts';
import { stagesOf } from '../../../console/pages/job/stages.ts';
import { causeOf, filterOf, nextOf } from '../../../console/pages/jobs/query.ts';
import { offeredBy, pageRangesOf } from '../../../console/pages/print/offered.ts';
import { queuesOf } from '../../../console/pages/printers/queue.ts';
import { lastTaken, stalenessOf, truthOf } from '../../../console/pages/printers/truth.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const job = (changes: Partial<ClientJob>): ClientJob => ({
  id: 'j1',
  printer: 'office:laser',
  name: 'invoice.pdf',
  state: 'pending',
  reasons: ['job-fetchable'],
  summary: 'waiting',
  attempt: 1,
  submittedAt: at(0),
  history: [{ at: at(0), state: 'pending', reasons: ['job-fetchable'] }],
  ...changes,
});
const printer = (changes: Partial<ClientPrinter>): ClientPrinter => ({
  printer: 'office:laser',
  name: 'Laser',
  active: true,
  notes: '',
  unconfirmedPolicy: 'ask',
  backlogPolicy: 'all',
  state: 'idle',
  stateReasons: [],
  attributes: {},
  ...changes,
});

describe('the stages of a job', () => {
  it('have times, and skip the preparation of a document that was ready', () => {
    const history = [
      { at: at(0), state: 'pending', reasons: ['job-fetchable'] },
      { at: at(4), state: 'processing', reasons: ['queued-in-device'] },
    ];

    const stages = stagesOf(job({ state: 'processing', reasons: ['queued-in-device'], history }));

    expect(stages.map(({ state }) => state)).toEqual(['done', 'skipped', 'done', 'now', 'open']);
    expect(stages[2]).toMatchObject({ from: Date.parse(at(0)), until: Date.parse(at(4)) });
  });

  it('end with the last one, and are not called done where the job ended', () => {
    const history = [
      { at: at(0), state: 'pending', reasons: ['job-queued'] },
      { at: at(9), state: 'canceled', reasons: ['job-canceled-by-user'] },
    ];

    const reasons = ['aborted-by-system'];
    const failed = { state: 'aborted', reasons, history: [{ at: at(9), state: 'aborted', reasons }] };
    const stages = stagesOf(job({ state: 'canceled', reasons: ['job-canceled-by-user'], history }));

    expect(stages.map(({ state }) => state)).toEqual(['done', 'cut', 'missed', 'missed', 'done']);
    const refused = stagesOf(
      job({ ...failed, history: [{ at: at(4), state: 'processing', reasons: ['job-printing'] }, ...failed.history] }),
    );
    expect(refused.map(({ state }) => state)).toEqual(['done', 'skipped', 'skipped', 'done', 'done']);
  });

  it('are three for a job that makes a file', () => {
    const history = [{ at: at(0), state: 'completed', reasons: ['job-completed-successfully'] }];

    const stages = stagesOf(job({ printer: undefined, state: 'completed', history }));

    expect(stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'Taken done',
      'Prepared skipped',
      'Ready done',
    ]);
  });
});

describe('the words about a job', () => {
  const unconfirmed = {
    state: 'processing-stopped',
    reasons: ['delivery-unconfirmed'],
    message: 'The connection broke.',
    next: `Look at the printer, then resolve the job as printed or reprint. It waits for that until ${at(0)}.`,
  };

  it('leave the message of an unconfirmed job out if it is the own of the relay', () => {
    expect(causeOf({ ...unconfirmed, detail: 'read ECONNRESET' })).toBe('The connection broke.');
    expect(causeOf(unconfirmed)).toMatch(/^Nothing confirms/);
    expect(causeOf({ reasons: [], message: 'Replaced by the newer job f0.', supersededBy: 'f0' })).toMatch(/newer job/);
  });

  it('name what a person does here, in the place of the words of the API', () => {
    expect(nextOf(unconfirmed)).toBe(
      `Look at the printer, then say whether it printed. It waits for that until ${at(0)}.`,
    );
  });

  it('wonder about a long preparation, and not about a job that is held', () => {
    const since = (reason: string) => job({ history: [{ at: at(0), state: 'pending', reasons: [reason] }] });
    const now = Date.parse(at(0)) + 61_000;

    expect(highlightsOf(since('job-queued'), now)).toEqual([expect.stringContaining('in preparation for 1 min')]);
    expect(highlightsOf(since('job-hold-until-specified'), now)).toEqual([]);
  });
});

describe('the truth about a printer', () => {
  const online = { online: true, lastSeen: at(0) };

  it('is ready only if its relay is connected and says so', () => {
    expect(truthOf(printer({}), online).word).toBe('ready');
    expect(truthOf(printer({}), { online: false, lastSeen: at(3) })).toMatchObject({
      word: 'offline',
      lastHeardAt: at(3),
    });
    expect(truthOf(printer({ stateSince: at(2) }), online).since).toBe(at(2));
    expect(truthOf(printer({ state: 'unknown', stateSince: at(2) }), online).since).toBeUndefined();
    expect(truthOf(printer({}), undefined).word).toBe('offline');
    expect(truthOf(printer({ state: 'unknown' }), online).word).toBe('unknown');
  });

  it('is unknown while the service is silent, and on a page that was paused for 20 minutes', () => {
    const stale = stalenessOf({ state: 'reconnecting', since: 0 }, 0);

    expect(truthOf(printer({}), online, { stale })).toMatchObject({
      word: 'unknown',
      why: expect.stringContaining('does not answer'),
    });
    expect(stalenessOf({ state: 'paused', since: 0 }, 20 * 60_000)).toBeUndefined();
    expect(stalenessOf({ state: 'paused', since: 0 }, 20 * 60_000 + 1)).toMatch(/paused/);
    expect(stalenessOf({ state: 'live', since: 0 }, 24 * 60 * 60_000)).toBeUndefined();
  });

  it('of a printer that cannot be asked is what it accepted last, unless a person said so', () => {
    const [mine, later] = [at(5), at(9)];
    const ended = { state: 'completed', reasons: ['job-completed-successfully'] };
    const byPrinter = job({ ...ended, endedAt: mine, history: [{ at: mine, ...ended }] });
    const byPerson = job({ ...ended, endedAt: later, history: [{ at: later, ...ended, actor: 'desk' }] });

    const taken = lastTaken([
      byPerson,
      byPrinter,
      job({ ...ended, endedAt: at(1), history: [{ at: at(1), ...ended }] }),
    ]);

    const tookAt = taken.get('office:laser');
    expect(tookAt).toBe(mine);
    expect(truthOf(printer({ state: 'unknown' }), online, { tookAt })).toMatchObject({ word: 'unknown', tookAt });
    expect(truthOf(printer({}), online, { tookAt }).tookAt).toBeUndefined();
  });

  it('names what keeps it from printing, also when the printer calls it a warning', () => {
    const empty = truthOf(printer({ stateReasons: ['media-empty-warning'] }), online);

    expect(empty).toMatchObject({ word: 'stopped', why: 'It is out of paper (media-empty-warning).' });
    expect(truthOf(printer({ state: 'stopped', stateReasons: ['odd-fault'] }), online).why).toBe('Odd-fault.');
    expect(truthOf(printer({ stateReasons: ['media-low-report'] }), online)).toMatchObject({
      word: 'ready',
      why: expect.stringContaining('media-low-report'),
    });
  });
});

describe('options of several printers', () => {
  it('are those that all of them offer', () => {
    const one = printer({ attributes: { 'media-supported': ['a4', 'a5', 'a6'], 'color-supported': true } });
    const two = printer({ attributes: { 'media-supported': ['a5', 'a6', 'a7'], 'color-supported': false } });

    expect(offeredBy([one, two])).toEqual([{ name: 'media', values: ['a5', 'a6'] }]);
    expect(offeredBy([one]).map(({ name }) => name)).toEqual(['media', 'print-color-mode']);
    expect(offeredBy([one, printer({})])).toEqual([{ name: 'media', values: ['a4', 'a5', 'a6'] }]);
    expect(offeredBy([])).toEqual([]);
  });

  it('are none where a printer has no choice', () => {
    expect(offeredBy([printer({ attributes: { 'sides-supported': ['one-sided'] } })])).toEqual([]);
  });
});

describe('page ranges', () => {
  it('are read as people write them', () => {
    expect(pageRangesOf(' ')).toBeUndefined();
    expect(pageRangesOf('1-3, 5')).toEqual([
      { from: 1, to: 3 },
      { from: 5, to: 5 },
    ]);
  });

  it.each(['3-1', '0', 'x', '1,,2', '1-2-3'])('refuse %s with an example', text => {
    expect(() => pageRangesOf(text)).toThrow(/Write them like this/);
  });
});

describe('filters in the address', () => {
  it('become those of the API', () => {
    const now = Date.UTC(2026, 0, 1, 12, 0, 30);
    const filter = filterOf(new URLSearchParams('state=decision&printer=office:laser&hours=24&text='), now);

    expect(filter).toMatchObject({ person: 'decision', isEmpty: false });
    expect(filter.api).toMatchObject({
      state: 'attention',
      printer: 'office:laser',
      since: '2025-12-31T12:00:00.000Z',
    });
    expect(filter.api.text).toBeUndefined();
    expect(filterOf(new URLSearchParams('before=x')).isEmpty).toBe(true);
    expect(filterOf(new URLSearchParams('state=attention')).person).toBe('attention');
  });
});

describe('queues', () => {
  it('have the oldest job first', () => {
    const queues = queuesOf([job({ id: 'new' }), job({ id: 'other', printer: 'a:b' }), job({ id: 'old' })]);

    expect(queues.get('office:laser')?.jobs.map(({ id }) => id)).toEqual(['old', 'new']);
    expect(queues.size).toBe(2);
  });
});
