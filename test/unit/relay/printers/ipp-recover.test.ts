import { afterEach, describe, expect, it } from 'vitest';
import { type IppPrinter, type IppPrinterOptions, startIppPrinter } from '../../../../doubles/ipp-printer.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import type { DeviceStep } from '../../../../relay/printers/output-device.ts';
import { hurried, type Printing, type PrintingOptions, preparePrinting } from './printing.ts';

/** A crash is a step that throws: the device goes no further, as if it had been killed there. */
let printer: IppPrinter;
let printing: Printing;
afterEach(async () => {
  await printer.stop();
  await printing.remove();
});

async function prepare(printerOptions: IppPrinterOptions = {}, options: PrintingOptions = {}) {
  printer = await startIppPrinter(printerOptions);
  printing = await preparePrinting(20_000, options);
}

const device = () => openOutputDevice('d1', printer.uri, hurried);
const recover = (step: DeviceStep) => printing.recover(device(), step);
const token = () => `${printing.ticket.jobId}.${printing.ticket.attempt}`;
const submitting = (): DeviceStep => ({ step: 'submitting', jobName: token(), printerUuid: printer.uuid });
const created = (step: 'created' | 'sent' = 'created'): DeviceStep => {
  const [job] = printer.jobs;
  return { step, jobName: token(), printerUuid: printer.uuid, printerJobId: job?.id, printerJobUuid: job?.uuid };
};
const addOurs = (state: Parameters<IppPrinter['addJob']>[1]) => printer.addJob(`${token()} Invoice`, state);
const addIncoming = () => Object.assign(addOurs('pending-held'), { reasons: ['job-incoming'] });

async function crashAt(step: DeviceStep['step']): Promise<DeviceStep> {
  await expect(printing.print(device())).rejects.toThrow('crash');
  const last = printing.steps.at(-1);
  expect(last?.step).toBe(step);
  return last as DeviceStep;
}

const crashing = (at: DeviceStep['step']): PrintingOptions => ({
  onStep: ({ step }) => {
    if (step === at) throw new Error('crash');
  },
});

describe('recover after submitting', () => {
  it('finds nothing and reports that nothing was sent', async () => {
    await prepare({}, crashing('submitting'));

    expect(await recover(await crashAt('submitting'))).toEqual({ kind: 'not-sent' });
  });

  it('cancels the empty job of Create-Job', async () => {
    await prepare();
    const job = addIncoming();

    expect(await recover(submitting())).toEqual({ kind: 'not-sent' });
    expect(job.state).toBe('canceled');
  });

  it('does not take the canceled job of an earlier try for the end of this one', async () => {
    await prepare({ traps: { hidesProcessing: true } });
    addOurs('canceled');

    expect(await recover(submitting())).toEqual({ kind: 'not-sent' });
  });

  it('leaves the job of another attempt alone', async () => {
    await prepare();
    const other = printer.addJob(`${printing.ticket.jobId}.12 Invoice`, 'pending-held');

    expect(await recover(submitting())).toEqual({ kind: 'not-sent' });
    expect(other.state).toBe('pending-held');
  });

  it('asks again later when the printer cannot be reached', async () => {
    await prepare();
    await printer.refuse();

    expect(await recover(submitting())).toMatchObject({ kind: 'retry' });
  });

  it.each([{ silent: ['getJobs' as const] }, { garbage: ['getJobs' as const] }, { httpStatus: 500 }])(
    'asks again later when the printer does not list its jobs: %o',
    async traps => {
      await prepare({ traps });

      expect(await recover(submitting())).toMatchObject({ kind: 'retry' });
    },
  );

  it('reports that nothing was sent if another printer has the address now', async () => {
    await prepare();
    const step = submitting();
    printer.reboot({ uuid: 'urn:uuid:00000000-0000-4000-8000-000000000000' });

    expect(await recover(step)).toEqual({ kind: 'not-sent' });
  });
});

describe('recover after created', () => {
  it('cancels the job that waits for its document', async () => {
    await prepare({}, crashing('created'));
    const step = await crashAt('created');

    expect(await recover(step)).toEqual({ kind: 'not-sent' });
    expect(printer.jobs[0]).toMatchObject({ state: 'canceled', marked: 'nothing' });
  });

  it('finds the job by its token where the journal has no job-id', async () => {
    await prepare();
    const job = addIncoming();

    expect(await recover({ step: 'created', jobName: token(), printerUuid: printer.uuid })).toEqual({
      kind: 'not-sent',
    });
    expect(job.state).toBe('canceled');
  });

  it('does not trust a completed state', async () => {
    await prepare();
    addOurs('completed');

    expect(await recover(created())).toMatchObject({ kind: 'unconfirmed' });
  });

  it('follows a job that is printing, and reports an unknown outcome', async () => {
    await prepare();
    const job = addOurs('processing');
    const outcome = recover(created());
    await expect.poll(() => printing.progress).toContainEqual({ state: 'processing', reasons: ['job-printing'] });
    Object.assign(job, { state: 'completed', wasProcessed: true });

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it('reports that nothing was sent of a job that the printer ended unprocessed', async () => {
    await prepare();
    Object.assign(addOurs('aborted'), { reasons: ['aborted-by-system'] });

    expect(await recover(created())).toEqual({ kind: 'not-sent' });
  });

  it('does so only if the printer reports whether it was processed', async () => {
    await prepare({ traps: { hidesProcessing: true } });
    addOurs('aborted');

    expect(await recover(created())).toMatchObject({ kind: 'unconfirmed' });
  });

  it('reports a job canceled at the printer as canceled', async () => {
    await prepare();
    Object.assign(addOurs('canceled'), { reasons: ['job-canceled-at-device'] });

    expect(await recover(created())).toMatchObject({ kind: 'canceled' });
  });

  it('recognises its own cancel before the crash', async () => {
    await prepare();
    Object.assign(addOurs('canceled'), { reasons: ['job-canceled-by-user'] });

    expect(await recover(created())).toEqual({ kind: 'not-sent' });
  });

  it('reports an unknown outcome for a missing job', async () => {
    await prepare();
    addOurs('completed');
    const step = created();
    printer.reboot();

    expect(await recover(step)).toMatchObject({ kind: 'unconfirmed' });
  });

  it('leaves unconfirmed what cannot be canceled and never ends', async () => {
    await prepare({ traps: { refusesCancel: true } });
    addIncoming();

    expect(await recover(created())).toMatchObject({ kind: 'unconfirmed' });
  });

  it('asks again later when the printer cannot be reached', async () => {
    await prepare();
    addIncoming();
    const step = created();
    await printer.refuse();

    expect(await recover(step)).toMatchObject({ kind: 'retry' });
  });
});

describe('recover after sent', () => {
  it('follows the job to its end', async () => {
    await prepare({ printMilliseconds: 300 }, crashing('sent'));
    const step = await crashAt('sent');

    expect(await recover(step)).toMatchObject({ kind: 'completed' });
    expect(printer.jobs).toHaveLength(1);
    expect(printer.jobs[0]?.marked).toBe('all');
  });

  it('finds a job that has ended meanwhile', async () => {
    await prepare();
    addOurs('completed');

    expect(await recover(created('sent'))).toMatchObject({ kind: 'completed' });
  });

  it('reports that the printer aborted the job', async () => {
    await prepare();
    Object.assign(addOurs('aborted'), { reasons: ['document-format-error'] });

    expect(await recover(created('sent'))).toMatchObject({ kind: 'aborted', reasons: ['document-format-error'] });
  });

  it('reports an unknown outcome for a job that the printer has forgotten', async () => {
    await prepare({ traps: { forgetsAfterMilliseconds: 0 } }, crashing('sent'));
    const step = await crashAt('sent');
    await expect.poll(() => printer.jobs[0]?.isForgotten).toBe(true);

    expect(await recover(step)).toMatchObject({ kind: 'unconfirmed' });
  });

  it("does not take another's job of the same id after a reboot for ours", async () => {
    await prepare();
    addOurs('processing');
    const step = created('sent');
    printer.reboot();
    printer.addJob("another computer's", 'completed');

    expect(await recover(step)).toMatchObject({ kind: 'unconfirmed' });
  });

  it("does not ask another printer's job list about our job", async () => {
    await prepare();
    addOurs('completed');
    const step = created('sent');
    printer.reboot({ uuid: 'urn:uuid:00000000-0000-4000-8000-000000000000' });
    addOurs('completed');

    expect(await recover(step)).toMatchObject({ kind: 'unconfirmed' });
  });

  it('cancels the job when it is asked to', async () => {
    await prepare();
    const job = addOurs('processing');
    printing.controller.abort();

    expect(await recover(created('sent'))).toMatchObject({ kind: 'canceled' });
    expect(job.state).toBe('canceled');
  });
});
