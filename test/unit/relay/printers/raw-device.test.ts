import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DeviceStep, PrintOutcome } from '../../../../relay/printers/output-device.ts';
import { type Delivery, openRawDevice, RawRefusal, type RawWay } from '../../../../relay/printers/raw-device.ts';
import type { JobTemplate } from '../../../../shared/core/domain/job-template.ts';
import { temporaryFolder } from '../../adapters/embedded/mqtt/broker-fixture.ts';
import { ticket } from '../relay-fixture.ts';

/** What happens with one document on its way, in order; the last one happens again and again. */
interface Trip {
  refused?: Error;
  lost?: Error;
  failed?: Error;
}

/** A device whose way is scripted, and what was done by it. */
async function openScripted(trips: Trip[] = [{}]) {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const path = join(await temporaryFolder(), 'document');
  await writeFile(path, '%PDF');
  const done: string[] = [];
  const printer = { probes: 0, away: undefined as Error | undefined };
  const way: RawWay = {
    ...{ scheme: 'scripted', name: 'a scripted way', pauseMilliseconds: 0, probeMilliseconds: 60_000 },
    async probe() {
      printer.probes++;
      if (printer.away) throw printer.away;
    },
    async open(_request, octets) {
      const trip = trips[Math.min(done.filter(each => each.startsWith('open')).length, trips.length - 1)] as Trip;
      done.push(`open ${octets}`);
      if (trip.refused) throw trip.refused;
      return {
        lost: trip.lost,
        async send(file) {
          done.push(`send ${(await file.stat()).size}`);
          if (trip.failed) throw trip.failed;
        },
        end: () => void done.push('end'),
      } satisfies Delivery;
    },
  };
  const device = openRawDevice('office', 'scripted:', way);
  const signal = new AbortController();
  const print = (template: JobTemplate = {}, copiesDone?: number, onStep?: (step: DeviceStep) => void) =>
    device.print({
      ...{ ticket: ticket(1, { template, octets: 4 }), path, signal: signal.signal },
      ...(copiesDone === undefined ? {} : { copiesDone }),
      step: async step => {
        done.push([step.step, step.copiesDone].filter(each => each !== undefined).join(' '));
        onStep?.(step);
      },
      progress: ({ state, reasons }) => void done.push([state, ...reasons].join(' ')),
    });
  const describeNow = async () => {
    const { state, stateReasons } = await device.describe(new AbortController().signal);
    return [state, ...stateReasons].join(' ');
  };
  return { device, print, done, printer, describeNow, cancel: () => signal.abort() };
}

const trip = ['open 4', 'created', 'processing job-printing', 'send 4', 'end'];
const offline = new Error('no connection');

describe('a document by a raw way', () => {
  it('is journalled before its first octet', async () => {
    const { print, done } = await openScripted();

    expect(await print()).toEqual({ kind: 'completed' });
    expect(done).toEqual(trip);
  });

  it.each<[string, Trip, PrintOutcome, string[]]>([
    [
      'cannot be reached',
      { refused: offline },
      { kind: 'retry', reasons: ['offline'], message: 'no connection' },
      trip.slice(0, 1),
    ],
    [
      'is refused',
      { refused: new RawRefusal('no') },
      { kind: 'retry', reasons: ['printer-refuses-requests'], message: 'no' },
      trip.slice(0, 1),
    ],
    [
      'is lost before it',
      { lost: offline },
      { kind: 'retry', reasons: ['offline'], message: 'no connection' },
      ['open 4', 'created', 'end'],
    ],
    ['is lost in it', { failed: offline }, { kind: 'unconfirmed', message: 'no connection' }, trip],
  ])('whose printer %s', async (_name, what, outcome, expected) => {
    const { print, done } = await openScripted([what]);

    expect(await print()).toEqual(outcome);
    expect(done).toEqual(expected);
  });

  it('that is canceled sends nothing', async () => {
    const before = await openScripted();
    const refused = await openScripted([{ refused: offline }]);
    const during = await openScripted();
    before.cancel();
    refused.cancel();

    const outcomes = [await before.print(), await refused.print(), await during.print({}, undefined, during.cancel)];

    expect(outcomes).toEqual(Array(3).fill({ kind: 'canceled', message: 'canceled before the document was sent' }));
    expect([before.done, during.done]).toEqual([
      ['open 4', 'end'],
      ['open 4', 'created', 'end'],
    ]);
  });

  it('names what cannot be asked of the printer', async () => {
    const { print } = await openScripted();

    const outcome = await print({ copies: 1, sides: 'one-sided', media: undefined, 'print-quality': 5 });

    const message = 'a scripted way cannot ask the printer for sides, print-quality';
    expect(outcome).toEqual({ kind: 'completed', message, warnings: [message] });
  });
});

describe('copies by a raw way', () => {
  it('are sent one after another, and counted', async () => {
    const { print, done } = await openScripted();

    expect(await print({ copies: 3 })).toEqual({ kind: 'completed' });
    const copy = (number: number) => ['open 4', `created ${number}`, 'processing job-printing', 'send 4'];
    expect(done).toEqual([...copy(0), 'sent 1', 'end', ...copy(1), 'sent 2', 'end', ...copy(2), 'end']);
  });

  it('go on with the one that is next', async () => {
    const { print, done } = await openScripted();

    await print({ copies: 3 }, 2);

    expect(done.filter(each => each.startsWith('created'))).toEqual(['created 2']);
  });

  it.each<[string, Trip[], PrintOutcome]>([
    ['that is lost', [{}, { failed: offline }], { kind: 'unconfirmed', message: 'no connection, copy 2 of 3' }],
    [
      'that cannot be sent now',
      [{}, { refused: offline }],
      { kind: 'retry', reasons: ['offline'], message: 'no connection' },
    ],
  ])('end with the one %s', async (_name, trips, outcome) => {
    const { print } = await openScripted(trips);

    expect(await print({ copies: 3 })).toEqual(outcome);
  });
});

describe('what a raw device reports', () => {
  it('is what its last job met, and whether it prints', async () => {
    const { print, describeNow } = await openScripted([{ refused: new RawRefusal('no') }, {}]);
    const states = [await describeNow()];

    await print();
    states.push(await describeNow());
    const asked: Promise<string>[] = [];
    await print({}, undefined, () => void asked.push(describeNow()));
    states.push(...(await Promise.all(asked)), await describeNow());

    expect(states).toEqual(['unknown', 'unknown printer-refuses-requests', 'processing', 'unknown']);
  });

  it('is asked of a printer that was off, once no job has tried for a minute', async () => {
    const { print, describeNow, printer } = await openScripted([{ refused: offline }]);
    await print();
    printer.away = offline;
    const said: [string, number][] = [];
    const look = async (milliseconds: number) => {
      vi.advanceTimersByTime(milliseconds);
      said.push([await describeNow(), printer.probes]);
    };

    await look(59_999);
    await look(1);
    printer.away = undefined;
    await look(0);
    await look(60_000);

    expect(said).toEqual([
      ['unknown offline', 0],
      ['unknown offline', 1],
      ['unknown', 2],
      ['unknown', 2],
    ]);
  });

  it('is not asked of one that refuses', async () => {
    const { print, describeNow, printer } = await openScripted([{ refused: new RawRefusal('no') }]);
    await print();
    vi.advanceTimersByTime(100_000);

    expect([await describeNow(), printer.probes]).toEqual(['unknown printer-refuses-requests', 0]);
  });
});

describe('after a crash a raw device', () => {
  const jobName = 'x';
  it.each<[DeviceStep, number | undefined, object]>([
    [{ step: 'submitting', jobName }, 1, { kind: 'not-sent' }],
    [
      { step: 'created', jobName },
      undefined,
      { kind: 'unconfirmed', message: 'the relay stopped while it sent the document' },
    ],
    [
      { step: 'created', jobName, copiesDone: 1 },
      3,
      { kind: 'unconfirmed', message: 'the relay stopped while it sent the document, copy 2 of 3' },
    ],
    [{ step: 'sent', jobName }, undefined, { kind: 'completed' }],
    [{ step: 'sent', jobName, copiesDone: 2 }, 3, { kind: 'not-sent' }],
    [{ step: 'sent', jobName, copiesDone: 3 }, 3, { kind: 'completed' }],
    [{ step: 'sent', jobName }, 3, { kind: 'completed' }],
  ])('at %o of %s copies: %o', async (step, copies, expected) => {
    const { device } = await openScripted();
    const signal = new AbortController().signal;
    const template = copies === undefined ? {} : { copies };

    const found = await device.recover({ ticket: ticket(1, { template }), step, progress: () => {}, signal });

    expect(found).toEqual(expected);
  });
});
