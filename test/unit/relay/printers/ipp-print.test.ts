import { afterEach, describe, expect, it } from 'vitest';
import { type IppPrinter, type IppPrinterOptions, startIppPrinter } from '../../../../doubles/ipp-printer.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import type { PrintOutcome } from '../../../../relay/printers/output-device.ts';
import { make } from '../../../../shared/ipp/attributes.ts';
import { statusCodes } from '../../../../shared/ipp/tags.ts';
import { hurried, type Printing, type PrintingOptions, preparePrinting } from './printing.ts';
import { selfSigned } from './self-signed.ts';

let printer: IppPrinter;
let printing: Printing;
afterEach(async () => {
  await printer.stop();
  await printing.remove();
});

async function prepare(printerOptions: IppPrinterOptions = {}, octets = 20_000, options: PrintingOptions = {}) {
  printer = await startIppPrinter(printerOptions);
  printing = await preparePrinting(octets, options);
}

const print = (): Promise<PrintOutcome> => printing.print(openOutputDevice('d1', printer.uri, hurried));
const stepNames = () => printing.steps.map(({ step }) => step);
const midwayOctets = 400_000;
/** more than all buffers on the way */
const large = 24 * 1024 * 1024;

describe('a printer that is well', () => {
  it('prints the document once, octet by octet', async () => {
    await prepare({}, 3_000_000);

    const outcome = await print();

    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(printer.jobs).toHaveLength(1);
    expect(printer.jobs[0]).toMatchObject({ state: 'completed', marked: 'all', format: 'application/pdf' });
    expect(printer.jobs[0]?.sha256).toBe(printing.ticket.sha256);
  });

  it('is journalled with its job-id before the first octet of the document', async () => {
    let octetsAtCreated: number | undefined;
    await prepare({}, 20_000, {
      onStep: ({ step }) => {
        if (step === 'created') octetsAtCreated = printer.asked.filter(name => name === 'sendDocument').length;
      },
    });

    await print();

    const token = `${printing.ticket.jobId}.1`;
    const [job] = printer.jobs;
    const known = { jobName: token, printerUuid: printer.uuid, printerJobId: 1, printerJobUuid: job?.uuid };
    expect(printing.steps).toEqual([
      { step: 'submitting', jobName: token, printerUuid: printer.uuid },
      { step: 'created', ...known },
      { step: 'sent', ...known },
    ]);
    expect(octetsAtCreated).toBe(0);
  });

  it('receives the token and the job name, within a length that file names allow', async () => {
    await prepare({}, 20, { name: '漢字'.repeat(100), possibleDuplicate: true });

    await print();

    const name = printer.jobs[0]?.name ?? '';
    expect(name).toMatch(new RegExp(`^${printing.ticket.jobId}\\.1 \\(possible duplicate\\) (漢字)+漢?$`));
    expect(Buffer.byteLength(name)).toBeGreaterThan(124);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(127);
  });

  it('receives only supported attributes, and the outcome lists the rest', async () => {
    await prepare({}, 20, { template: { copies: 2, 'print-quality': 5 } });

    const outcome = await print();

    expect(printer.jobs[0]?.attributes).toEqual([make.integer('copies', 2)]);
    const warning = 'the printer does not offer print-quality=5';
    expect(outcome).toEqual({ kind: 'completed', message: warning, warnings: [warning] });
  });

  it.each([
    ['aborted', { aborts: { reasons: ['document-format-error'], message: 'bad xref' } }],
    ['canceled', { cancelsAtDevice: true }],
    ['retry', { notAccepting: true }],
  ] as const)('warns of nothing where the job comes to nothing: %s', async (kind, traps) => {
    await prepare({ traps: structuredClone(traps) as IppPrinterOptions['traps'] }, 20, {
      template: { 'print-quality': 5 },
    });

    const outcome = await print();

    expect(outcome.kind).toBe(kind);
    expect(outcome).not.toHaveProperty('warnings');
    expect(outcome.message).not.toContain('print-quality');
  });

  it('prints an empty document', async () => {
    await prepare({}, 0);

    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('prints over TLS with a certificate that it made itself', async () => {
    await prepare({ tls: await selfSigned() });

    expect(printer.uri).toMatch(/^ipps:/);
    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('prints when it speaks IPP/1.1 only', async () => {
    await prepare({ traps: { isOld: true } });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('prints slowly and is followed to the end', async () => {
    await prepare({ printMilliseconds: 300 });

    const outcome = await print();

    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(printing.progress).toContainEqual({ state: 'processing', reasons: ['job-printing'] });
  });
});

describe('formats', () => {
  const formats: [string, string, string[], string][] = [
    ['as the printer spells it', 'application/PDF', ['application/pdf'], 'application/pdf'],
    ['without parameters that are not listed', 'text/plain; charset=utf-8', ['text/plain'], 'text/plain'],
    [
      'with parameters that are listed',
      'text/plain; charset=utf-8',
      ['text/plain', 'text/plain;charset=utf-8'],
      'text/plain;charset=utf-8',
    ],
    [
      'as octets where it is a language that is not listed',
      'application/vnd.zebra-zpl',
      ['image/urf', 'application/octet-stream'],
      'application/octet-stream',
    ],
  ];
  it.each(formats)('are sent %s', async (_, format, listed, sent) => {
    await prepare({ formats: listed }, 20, { format });

    await print();

    expect(printer.jobs[0]?.format).toBe(sent);
  });

  it('that are not listed abort the job before the printer is contacted', async () => {
    await prepare({ formats: ['image/jpeg', 'application/octet-stream'] });

    const outcome = await print();

    expect(outcome).toMatchObject({ kind: 'aborted', reasons: ['document-format-error'] });
    expect(printing.steps).toEqual([]);
    expect(printer.jobs).toEqual([]);
  });
});

describe('before the first octet', () => {
  it('an unreachable printer is retried later', async () => {
    await prepare();
    await printer.refuse();

    expect(await print()).toMatchObject({ kind: 'retry', reasons: ['offline'] });
    expect(printing.steps).toEqual([]);
  });

  it('a printer that does not take a job is asked for its state before the next step of one', async () => {
    await prepare();
    const device = openOutputDevice('d1', printer.uri, hurried);
    await printing.print(device);
    await printer.refuse();
    await printing.print(device);
    const before = stepNames();

    const outcome = await printing.print(device);

    expect(outcome).toMatchObject({ kind: 'retry', reasons: ['offline'] });
    expect(before).toEqual(['submitting', 'created', 'sent', 'submitting']);
    expect(stepNames()).toEqual(before);
  });

  it('a busy printer is retried later, and accepts the job then', async () => {
    await prepare({ traps: { busy: 2 } });

    const outcomes = [await print(), await print(), await print()];

    const [first] = outcomes;
    expect(first).toEqual({ kind: 'retry', reasons: ['server-error-busy'], message: 'server-error-busy: warming up' });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'completed']);
    expect(printer.jobs.filter(job => job.marked === 'all')).toHaveLength(1);
  });

  it.each([
    { notAccepting: true },
    { httpStatus: 503 },
    { httpStatus: 401 },
    { garbage: ['getPrinterAttributes' as const] },
    { silent: ['getPrinterAttributes' as const] },
    { garbage: ['createJob' as const] },
    { silent: ['createJob' as const] },
    { cuts: ['createJob' as const] },
  ])('a printer that is so is tried again later, and keeps no empty job: %o', async traps => {
    await prepare({ traps });

    expect(await print()).toMatchObject({ kind: 'retry' });
    expect(printer.jobs.filter(({ state }) => state !== 'canceled')).toEqual([]);
  });

  it('a connection that is refused after Create-Job does not count as an attempt', async () => {
    await prepare({}, 20_000, { onStep: ({ step }) => (step === 'created' ? printer.refuse() : undefined) });

    expect(await print()).toMatchObject({ kind: 'retry' });
    expect(printer.jobs[0]?.octets).toBe(0);
  });

  it('a printer that refuses attributes it lists gets the job without them', async () => {
    await prepare({ traps: { refusesTemplate: true } }, 20, { template: { copies: 2 } });

    const warning = 'the printer does not offer copies';
    expect(await print()).toEqual({ kind: 'completed', message: warning, warnings: [warning] });
  });

  it('a printer without Create-Job and Print-Job aborts the job with a way out', async () => {
    await prepare({ attributes: [make.enum('operations-supported', 4, 8, 9, 10, 11)] });

    expect(await print()).toMatchObject({ kind: 'aborted', message: expect.stringContaining('socket://') });
  });
});

describe('while the document is sent', () => {
  it('a completed state after a crash in the middle is not trusted', async () => {
    await prepare({ traps: { diesAfterOctets: midwayOctets } }, large);

    const outcome = await print();

    expect(printer.jobs[0]).toMatchObject({ state: 'completed', marked: 'part' });
    expect(outcome).toMatchObject({ kind: 'unconfirmed' });
    expect(stepNames()).toEqual(['submitting', 'created']);
  });

  it('a job that lost its connection before processing is canceled and sent again', async () => {
    await prepare({ traps: { dropsAfterOctets: midwayOctets } }, large);

    const outcome = await print();

    expect(printer.jobs[0]).toMatchObject({ state: 'canceled', marked: 'nothing' });
    expect(outcome).toMatchObject({ kind: 'retry', reasons: ['submission-interrupted'] });
  });

  it('a job that lost its connection and cannot be canceled is unconfirmed', async () => {
    await prepare({ traps: { dropsAfterOctets: midwayOctets, refusesCancel: true } }, large);

    expect(await print()).toMatchObject({ kind: 'unconfirmed' });
  });

  it('a printer that reboots in the middle is unconfirmed', async () => {
    await prepare({ traps: { silent: ['sendDocument'] }, printMilliseconds: 60_000 }, 20_000);
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.octets).toBe(20_000);
    printer.reboot();

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it('a connection lost after the last octet leaves it unconfirmed although the printer reports completed', async () => {
    await prepare({ traps: { cuts: ['sendDocument'] } });

    const outcome = await print();

    expect(printer.jobs[0]).toMatchObject({ state: 'completed', marked: 'all' });
    expect(outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it.each([{ garbage: ['sendDocument' as const] }, { silent: ['sendDocument' as const] }])(
    'an unusable response leaves it unconfirmed: %o',
    async traps => {
      await prepare({ traps });

      expect(await print()).toMatchObject({ kind: 'unconfirmed' });
      expect(stepNames()).toEqual(['submitting', 'created']);
    },
  );

  it('a printer that is switched off before it answers leaves it unconfirmed', async () => {
    await prepare({ traps: { silent: ['sendDocument'] }, printMilliseconds: 60_000 });
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.octets).toBe(20_000);
    await printer.refuse();

    expect(await outcome).toMatchObject({ kind: 'unconfirmed', message: expect.stringContaining('silent') });
  });

  it('a printer that is busy after reading it does not count as an attempt, and keeps no job', async () => {
    await prepare({ traps: { busyForDocument: 1 } });

    const outcomes = [await print(), await print()];

    expect(outcomes[0]).toMatchObject({ kind: 'retry', reasons: ['server-error-busy'] });
    expect(outcomes[1]).toMatchObject({ kind: 'completed' });
    expect(printer.jobs.map(({ state, marked }) => [state, marked])).toEqual([
      ['canceled', 'nothing'],
      ['completed', 'all'],
    ]);
  });

  it('a refusal of its format aborts the job', async () => {
    await prepare({ traps: { refusesDocument: statusCodes['client-error-document-format-not-supported'] } });

    expect(await print()).toMatchObject({ kind: 'aborted', reasons: ['document-format-error'] });
    expect(printer.jobs[0]?.state).toBe('canceled');
  });

  it('a printer that stops reading without paper is reported, and then reads the rest', async () => {
    const reasons = ['media-empty-error'];
    await prepare({ traps: { stopsReading: { milliseconds: 400, reasons } } }, large);

    const outcome = await printing.print(openOutputDevice('d1', printer.uri, { ...hurried, idleMilliseconds: 10_000 }));

    expect(outcome).toEqual({ kind: 'completed' });
    expect(printer.jobs[0]?.sha256).toBe(printing.ticket.sha256);
    expect(printing.progress).toContainEqual({
      state: 'processing-stopped',
      reasons: ['printer-stopped', 'media-empty-error'],
    });
  });

  it('a late answer is waited for', async () => {
    await prepare({ traps: { lateMilliseconds: 100 } });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });
});

describe('after the document was accepted', () => {
  it('a printer that runs out of paper is reported, and then prints', async () => {
    await prepare({ traps: { stops: { milliseconds: 300, reasons: ['media-empty-error', 'media-needed'] } } });

    const outcome = await print();

    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(printing.progress).toContainEqual({
      state: 'processing-stopped',
      reasons: ['printer-stopped', 'media-empty-error', 'media-needed'],
    });
  });

  it('a job that the printer aborts has the reason', async () => {
    await prepare({ traps: { aborts: { reasons: ['document-format-error'], message: 'bad xref' } } });

    expect(await print()).toEqual({
      kind: 'aborted',
      reasons: ['document-format-error'],
      message: 'the printer says: document-format-error, bad xref',
    });
  });

  it('a cancel at the printer is reported as such', async () => {
    await prepare({ traps: { cancelsAtDevice: true } });

    expect(await print()).toMatchObject({ kind: 'canceled', message: expect.stringContaining('at-device') });
  });

  it('a printer that forgets the job as soon as it is done has printed it', async () => {
    await prepare({ traps: { forgetsAfterMilliseconds: 0 }, printMilliseconds: 120 });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('a printer that was rebooted, and forgot the job so, is unconfirmed', async () => {
    await prepare({ printMilliseconds: 60_000 }, 20_000);
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.state).toBe('processing');
    printer.reboot();

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it("another's job under the same id after a reboot is not taken for ours", async () => {
    await prepare({ printMilliseconds: 60_000 }, 20_000);
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.state).toBe('processing');
    printer.reboot();
    printer.addJob("another computer's", 'completed');

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it('another printer at the same address is not asked about our job', async () => {
    await prepare({ printMilliseconds: 60_000 }, 20_000);
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.state).toBe('processing');
    printer.reboot({ uuid: 'urn:uuid:00000000-0000-4000-8000-000000000000' });

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it('a printer that gives the job another name is followed all the same while it stays on', async () => {
    await prepare({ traps: { losesNames: true }, printMilliseconds: 100 });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('a job under another name that is aborted after a while is aborted', async () => {
    const aborts = { reasons: ['document-format-error'], message: 'bad xref', afterMilliseconds: 150 };
    await prepare({ traps: { losesNames: true, aborts } });

    expect(await print()).toMatchObject({ kind: 'aborted', reasons: ['document-format-error'] });
  });

  it('a job under another name is not taken for ours after a reboot', async () => {
    await prepare({ traps: { losesNames: true }, printMilliseconds: 60_000 });
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.state).toBe('processing');
    printer.reboot();
    printer.addJob('another', 'completed');

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it('an unavailable printer is polled until it is back', async () => {
    await prepare({ printMilliseconds: 200 });
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.state).toBe('processing');
    await printer.refuse();
    await expect.poll(() => printing.progress.at(-1)?.reasons).toEqual(['offline']);
    await printer.start();

    expect(await outcome).toMatchObject({ kind: 'completed' });
  });
});

describe('a cancel', () => {
  it('before anything was asked leaves the printer alone', async () => {
    await prepare();
    printing.controller.abort();

    expect(await print()).toMatchObject({ kind: 'canceled' });
    expect(printer.jobs).toEqual([]);
  });

  it.each(['submitting', 'created'])('at the step %s sends no octet', async at => {
    await prepare({}, 20_000, { onStep: ({ step }) => (step === at ? printing.controller.abort() : undefined) });

    expect(await print()).toMatchObject({ kind: 'canceled' });
    expect(printer.jobs.filter(({ state, octets }) => state !== 'canceled' || octets > 0)).toEqual([]);
  });

  it('while it prints ends the job at the printer', async () => {
    await prepare({ printMilliseconds: 60_000 }, 20_000, {
      onStep: ({ step }) => (step === 'sent' ? printing.controller.abort() : undefined),
    });

    expect(await print()).toMatchObject({ kind: 'canceled' });
    expect(printer.jobs[0]).toMatchObject({ state: 'canceled', marked: 'nothing' });
  });

  it('that is too late does not change a printed job', async () => {
    await prepare({ traps: { refusesCancel: true }, printMilliseconds: 100 }, 20_000, {
      onStep: ({ step }) => (step === 'sent' ? printing.controller.abort() : undefined),
    });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('that is refused is no cancel when the printer forgets the job', async () => {
    await prepare({ traps: { refusesCancel: true, forgetsAfterMilliseconds: 0 }, printMilliseconds: 100 }, 20_000, {
      onStep: ({ step }) => (step === 'sent' ? printing.controller.abort() : undefined),
    });

    expect(await print()).not.toMatchObject({ kind: 'canceled' });
    expect(printer.jobs[0]).toMatchObject({ marked: 'all' });
  });

  it('that the printer never obeys leaves the job unconfirmed', async () => {
    await prepare({ traps: { refusesCancel: true }, printMilliseconds: 60_000 }, 20_000, {
      onStep: ({ step }) => (step === 'sent' ? printing.controller.abort() : undefined),
    });

    expect(await print()).toMatchObject({ kind: 'unconfirmed' });
  });

  it('of a job whose printer is gone leaves it unconfirmed', async () => {
    await prepare({ printMilliseconds: 60_000 }, 20_000);
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.state).toBe('processing');
    await printer.refuse();
    printing.controller.abort();

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });
});

describe('describe', () => {
  it("returns the printer's own attributes, state and reasons", async () => {
    await prepare({ attributes: [make.keyword('printer-state-reasons', 'toner-low-warning')] });

    const device = await openOutputDevice('d1', printer.uri, hurried).describe(printing.controller.signal);

    expect(device).toEqual({
      deviceId: 'd1',
      scheme: 'ipp',
      state: 'idle',
      stateReasons: ['toner-low-warning'],
      attributes: {
        'printer-uuid': printer.uuid,
        'printer-info': 'A printer double',
        'printer-make-and-model': 'Platen Double 1',
        'document-format-supported': ['application/pdf', 'image/jpeg', 'application/octet-stream'],
        'media-supported': ['iso_a4_210x297mm', 'na_letter_8.5x11in'],
        'media-default': 'iso_a4_210x297mm',
        'media-source-supported': ['auto', 'tray-1', 'tray-2'],
        'sides-supported': ['one-sided', 'two-sided-long-edge'],
        'color-supported': true,
        'printer-resolution-default': { x: 600, y: 600 },
        'media-bottom-margin': 0,
        'identify-actions-supported': ['flash', 'sound'],
      },
    });
  });

  it('offers to identify only a printer that has the operation', async () => {
    await prepare({ attributes: [make.enum('operations-supported', 0x000b)] });

    const device = await openOutputDevice('d1', printer.uri, hurried).describe(printing.controller.signal);

    expect(device.attributes).not.toHaveProperty('identify-actions-supported');
  });

  it.each([
    { silent: ['getPrinterAttributes' as const] },
    { garbage: ['getPrinterAttributes' as const] },
    { httpStatus: 500 },
  ])('calls a printer that does not answer offline: %o', async traps => {
    await prepare({ traps });

    const device = await openOutputDevice('d1', printer.uri, hurried).describe(printing.controller.signal);

    expect(device).toMatchObject({ state: 'unknown', stateReasons: ['offline'], attributes: {} });
  });

  it('uses the margins of the loaded medium', async () => {
    const medium = make.collection('media-col-default', [make.integer('media-bottom-margin', 500)]);
    await prepare({ attributes: [medium] });

    const device = await openOutputDevice('d1', printer.uri, hurried).describe(printing.controller.signal);

    expect(device.attributes['media-bottom-margin']).toBe(500);
  });
});

describe('identify', () => {
  it('asks the printer to show itself', async () => {
    await prepare();

    await openOutputDevice('d1', printer.uri, hurried).identify?.();

    expect(printer.asked).toEqual(['identifyPrinter']);
  });

  it('says why the printer refuses', async () => {
    await prepare({ oddly: name => (name === 'identifyPrinter' ? { status: 0x0501 } : undefined) });

    await expect(openOutputDevice('d1', printer.uri, hurried).identify?.()).rejects.toThrow();
  });
});
