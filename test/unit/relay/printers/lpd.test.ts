import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LpdPrinter, type LpdTraps } from '../../../../doubles/lpd-printer.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import { hurried, type Printing, type PrintingOptions, preparePrinting } from './printing.ts';

let printer: LpdPrinter;
let printing: Printing;
afterEach(async () => {
  await printer.stop();
  await printing.remove();
});

async function prepare(traps: LpdTraps = {}, octets = 20_000, options: PrintingOptions = {}) {
  printer = await LpdPrinter.start(traps);
  printing = await preparePrinting(octets, options);
}

const device = (options = hurried) => openOutputDevice('d1', printer.uri, options);
const print = () => printing.print(device());
const digests = () => printer.jobs.map(({ document }) => createHash('sha256').update(document).digest('hex'));
const stepNames = () => printing.steps.map(({ step }) => step);

/** Waits end only when the test advances the clock. */
function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('an LPD queue', () => {
  it.each([0, 1, 20_000, 24 * 1024 * 1024])('receives %d octets unchanged', async octets => {
    await prepare({}, octets);

    const outcome = await printing.print(device({ ...hurried, idleMilliseconds: 10_000 }));

    expect(outcome).toEqual({ kind: 'completed' });
    expect(digests()).toEqual([printing.ticket.sha256]);
    expect(stepNames()).toEqual(['created']);
  });

  it('that takes the document in parts is waited for by one timer after another', async () => {
    const reads = Promise.withResolvers<void>();
    await prepare({ reads: reads.promise }, 24 * 1024 * 1024);
    useFakeTimers();

    const printed = print();
    while (stepNames().length === 0 || vi.getTimerCount() === 0) await turn();
    vi.advanceTimersByTime(499);
    reads.resolve();

    expect(await printed).toEqual({ kind: 'completed' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('learns whose job it is, in ASCII', async () => {
    await prepare({}, 10, { name: 'Lieferschein Öl' });

    await print();

    expect(printer.jobs[0]).toMatchObject({
      queue: 'labels',
      control: { P: 'platen', J: `${printing.ticket.jobId}.1 Lieferschein ?l`, l: expect.stringMatching(/^dfA001/) },
    });
  });

  it('gets copies one after another, each counted', async () => {
    await prepare({}, 10, { template: { copies: 2, sides: 'two-sided-long-edge' } });

    const outcome = await print();

    expect(printer.jobs).toHaveLength(2);
    expect(printing.steps.filter(({ step }) => step === 'sent')).toMatchObject([{ copiesDone: 1 }]);
    expect(outcome).toMatchObject({ kind: 'completed', warnings: ['LPD cannot ask the printer for sides'] });
  });

  it('that refuses the job gets it later, and is not called offline', async () => {
    await prepare({ refusesJob: 2 });
    const opened = device();

    const outcome = await printing.print(opened);

    expect(outcome).toMatchObject({
      kind: 'retry',
      reasons: ['printer-refuses-requests'],
      message: 'the printer refuses the queue labels (LPD answer 2)',
    });
    expect(stepNames()).toEqual([]);
    expect(await opened.describe(printing.controller.signal)).toMatchObject({
      scheme: 'lpd',
      stateReasons: ['printer-refuses-requests'],
    });
  });

  it('that does not answer at all is offline', async () => {
    await prepare();
    await printer.stop();

    expect(await print()).toMatchObject({ kind: 'retry', reasons: ['offline'] });
  });

  it.each([
    ['refuses the document at its end', { lastAnswer: 1 }],
    ['closes without an acknowledgement', { closesAtEnd: true }],
    ['closes in the middle', { closesAfterOctets: 1000 }],
  ])('that %s leaves the job unconfirmed', async (_, traps: LpdTraps) => {
    await prepare(traps, 2_000_000);

    expect(await print()).toMatchObject({ kind: 'unconfirmed' });
    expect(stepNames()).toEqual(['created']);
  });

  it.each([
    [0, 'the queue labels'],
    [1, 'the control file'],
    [2, 'the control file'],
    [3, 'the document'],
  ])('that says nothing after %i answers is offline: it did not take %s', async (answersAtMost, what) => {
    await prepare({ answersAtMost });
    useFakeTimers();

    const printed = print();
    await printer.silent.promise;
    vi.advanceTimersByTime(500);

    expect(await printed).toEqual({
      ...{ kind: 'retry', reasons: ['offline'], message: `waited 500 ms for the printer to take ${what}` },
    });
    expect(stepNames()).toEqual([]);
  });

  it.each([
    ['acknowledges no document', { answersAtMost: 4 }, 10, 'for the printer to take the document'],
    [
      'reads no document',
      { reads: new Promise<never>(() => undefined) },
      24 * 1024 * 1024,
      'for the document to be taken',
    ],
  ])('that %s leaves the job unconfirmed', async (_, traps: LpdTraps, octets, waited) => {
    await prepare(traps, octets);

    const outcome = await printing.print(device({ ...hurried, idleMilliseconds: 20 }));

    expect(outcome).toEqual({ kind: 'unconfirmed', message: `waited 20 ms ${waited}` });
  });

  it.each([0, 3])('that answers %i in the middle of the document has not taken it', async answer => {
    await prepare({ breaksOff: { afterOctets: 1000, answer } }, 24 * 1024 * 1024);

    expect(await print()).toEqual({
      ...{ kind: 'unconfirmed', message: `the printer broke off the document (LPD answer ${answer})` },
    });
  });

  it('ends a job that is canceled while it is sent', async () => {
    await prepare({}, 20_000, {
      onStep: ({ step }) => {
        if (step === 'created') printing.controller.abort();
      },
    });

    expect(await print()).toMatchObject({ kind: 'canceled' });
    expect(printer.jobs).toEqual([]);
  });
});
