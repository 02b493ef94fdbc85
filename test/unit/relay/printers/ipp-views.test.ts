import { describe, expect, it } from 'vitest';
import type { IppAnswer, IppClient } from '../../../../relay/ipp-client/client.ts';
import { IppExchangeError, IppRefusal } from '../../../../relay/ipp-client/errors.ts';
import { describeIpp } from '../../../../relay/printers/ipp-describe.ts';
import {
  askForJob,
  isFinal,
  isIncoming,
  type JobView,
  listJobs,
  ownership,
  readJob,
} from '../../../../relay/printers/ipp-job-view.ts';
import { make } from '../../../../shared/ipp/attributes.ts';
import type { IppAttribute } from '../../../../shared/ipp/message.ts';
import { operations, statusCodes } from '../../../../shared/ipp/tags.ts';

/** What the relay reads in the answers of a printer. */

const answer = (members: Partial<IppAnswer>): IppAnswer => ({
  ...{ status: 0, message: 'successful-ok', printer: [], jobs: [], unsupported: [] },
  ...members,
});
const { signal } = new AbortController();

/** The description of a printer that answers so. */
async function described(given: IppAnswer | Error) {
  const requested: string[] = [];
  const client = {
    async getPrinterAttributes(names: string[], until: AbortSignal) {
      expect(until).toBe(signal);
      requested.push(...names);
      if (given instanceof Error) throw given;
      return given;
    },
  } as unknown as IppClient;
  return { device: await describeIpp('d1', client, signal), requested };
}
const ofPrinter = async (...printer: IppAttribute[]) => (await described(answer({ printer }))).device;

describe('the description of a printer', () => {
  it.each([
    [3, 'idle'],
    [4, 'processing'],
    [5, 'stopped'],
    [6, 'unknown'],
    [undefined, 'unknown'],
  ])('has the state %s as %s', async (value, state) => {
    const attributes = value === undefined ? [] : [make.enum('printer-state', value)];

    expect(await ofPrinter(...attributes)).toMatchObject({ state, stateReasons: [] });
  });

  it('holds nothing that the printer does not say', async () => {
    expect((await ofPrinter()).attributes).toEqual({});
  });

  it('is asked for by the names of all that it holds', async () => {
    const margins = ['bottom', 'left', 'right', 'top'].map(side => `media-${side}-margin`);
    const texts = ['printer-uuid', 'printer-info', 'printer-make-and-model', 'media-default'];
    const lists = ['document-format-supported', 'media-supported', 'media-source-supported', 'sides-supported'];
    const { device, requested } = await described(
      answer({
        printer: [
          ...[...texts, ...lists].map(name => make.keyword(name, `a ${name}`)),
          ...margins.map((name, index) => make.integer(`${name}-supported`, 500, index, 700)),
          make.boolean('color-supported', false),
          { name: 'printer-resolution-default', values: [{ syntax: 'resolution', x: 300, y: 600, units: 3 }] },
          make.enum('operations-supported', operations.identifyPrinter),
          make.keyword('identify-actions-supported', 'flash', 'sound'),
          make.keyword('printer-state-reasons', 'none', 'toner-low'),
        ],
      }),
    );

    expect(device.stateReasons).toEqual(['toner-low']);
    expect(device.attributes).toEqual({
      ...Object.fromEntries(texts.map(name => [name, `a ${name}`])),
      ...Object.fromEntries(lists.map(name => [name, [`a ${name}`]])),
      ...Object.fromEntries(margins.map((name, index) => [name, index])),
      'color-supported': false,
      'printer-resolution-default': { x: 300, y: 600 },
      'identify-actions-supported': ['flash', 'sound'],
    });
    const needed = [...Object.keys(device.attributes).filter(name => !margins.includes(name)), 'operations-supported'];
    const ofState = ['printer-state', 'printer-state-reasons', 'media-col-default'];
    expect(requested).toEqual(
      expect.arrayContaining([...needed, ...ofState, ...margins.map(name => `${name}-supported`)]),
    );
  });

  it.each([
    ['is silent', new IppExchangeError('no answer', 'nothing'), 'offline'],
    ['refuses', answer({ status: statusCodes['client-error-not-found'] }), 'printer-refuses-requests'],
  ])('of a printer that %s is empty, with the reason', async (_name, given, reason) => {
    const { device } = await described(given);

    expect(device).toEqual({
      ...{ deviceId: 'd1', scheme: 'ipp', attributes: {}, state: 'unknown', stateReasons: [reason] },
    });
  });
});

const job = (...more: IppAttribute[]) => [make.integer('job-id', 7), make.enum('job-state', 5), ...more];
const viewOf = (members: Partial<JobView>) => ({ ...(readJob(job()) as JobView), ...members });

describe('a job as the printer tells of it', () => {
  it.each([
    [3, 'pending', false],
    [4, 'pending-held', false],
    [5, 'processing', false],
    [6, 'processing-stopped', false],
    [7, 'canceled', true],
    [8, 'aborted', true],
    [9, 'completed', true],
  ])('is %i: %s', (value, state, isOver) => {
    const view = readJob([make.integer('job-id', 1), make.enum('job-state', value)]);

    expect(view).toMatchObject({ id: 1, state });
    expect(view && isFinal(view)).toBe(isOver);
  });

  it('is none without an id, or in a state that is not known', () => {
    expect(readJob([make.enum('job-state', 5)])).toBeUndefined();
    expect(readJob([make.integer('job-id', 7)])).toBeUndefined();
    expect(readJob([make.integer('job-id', 7), make.enum('job-state', 10)])).toBeUndefined();
  });

  it('has an empty message as none', () => {
    expect(readJob(job(make.text('job-state-message', '')))?.message).toBeUndefined();
    expect(readJob(job(make.text('job-state-message', 'jam')))?.message).toBe('jam');
  });

  const printed = (count: number) => make.integer('job-impressions-completed', count);
  it.each<[string, IppAttribute[], boolean | undefined]>([
    ['says nothing', [], undefined],
    ['has printed no side, and says nothing of its time', [printed(0)], undefined],
    ['has printed a side', [printed(1)], true],
    ['has printed a side, and has no time', [printed(1), make.noValue('time-at-processing')], true],
    ['has no time yet', [printed(0), make.noValue('time-at-processing')], false],
    ['has a time', [make.integer('time-at-processing', 0)], true],
  ])('that %s was at the marking engine: %s', (_name, attributes, wasProcessed) => {
    expect(readJob(job(...attributes))?.wasProcessed).toBe(wasProcessed);
  });

  it.each([
    ['pending', ['job-incoming'], true],
    ['pending-held', ['job-data-insufficient'], true],
    ['pending', ['job-queued'], false],
    ['processing', ['job-incoming'], false],
    ['completed', ['job-data-insufficient'], false],
  ] as const)('that is %s with %j waits for its document: %s', (state, reasons, expected) => {
    expect(isIncoming(viewOf({ state, reasons: [...reasons] }))).toBe(expected);
  });

  it.each([
    ['a', 'a', 'other name', 'ours'],
    ['a', 'b', 'x job.1', 'other'],
    ['a', undefined, 'x job.1 y', 'ours'],
    [undefined, 'a', 'job.1', 'ours'],
    [undefined, undefined, 'job.12', 'unproven'],
    [undefined, undefined, 'job.1x', 'ours'],
    [undefined, undefined, 'other', 'unproven'],
    [undefined, undefined, undefined, 'unproven'],
  ] as const)('with the UUID %s where %s is expected, and the name %s, is %s', (uuid, expected, name, whose) => {
    expect(ownership(viewOf({ uuid, name }), 'job.1', expected)).toBe(whose);
  });
});

describe('a question about a job', () => {
  const asking = (given: IppAnswer) => askForJob({ getJobAttributes: async () => given } as unknown as IppClient, 7);

  it.each(['client-error-not-found', 'client-error-gone'] as const)('answered by %s finds none', async name => {
    expect(await asking(answer({ status: statusCodes[name] }))).toBeUndefined();
  });

  it.each([
    ['a refusal', answer({ status: statusCodes['client-error-forbidden'], message: 'no', jobs: [job()] })],
    ['no job', answer({ message: 'no' })],
    ['a job without a state', answer({ message: 'no', jobs: [[make.integer('job-id', 7)]] })],
  ])('answered by %s is not answered', async (_name, given) => {
    const found = await asking(given);

    expect(found).toBeInstanceOf(IppRefusal);
    expect(found).toMatchObject({ message: 'the printer does not say what state the job is in: no' });
  });

  it('is answered by the job', async () => {
    expect(await asking(answer({ jobs: [job()] }))).toMatchObject({ id: 7, state: 'processing' });
  });
});

describe('the list of jobs', () => {
  const listing = (answers: Record<string, IppAnswer>) =>
    listJobs({ getJobs: async (which: string) => answers[which] } as unknown as IppClient);

  it('has open jobs before those that ended, without those that cannot be read', async () => {
    const numbered = (id: number) => [make.integer('job-id', id), make.enum('job-state', 9)];
    const answers = {
      completed: answer({ jobs: [numbered(1), numbered(2)] }),
      'not-completed': answer({ jobs: [numbered(3), []] }),
    };

    expect((await listing(answers)).map(({ id }) => id)).toEqual([3, 1, 2]);
  });

  it('is refused if a part of it is', async () => {
    const refused = answer({ status: statusCodes['client-error-forbidden'], message: 'no' });

    await expect(listing({ completed: refused, 'not-completed': answer({}) })).rejects.toThrow(
      'the printer does not list its completed jobs: no',
    );
  });
});
