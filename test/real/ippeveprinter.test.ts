import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DebianPrinter, startCups, startIppEvePrinter } from '../../doubles/debian-printers.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';
import { openOutputDevice } from '../../relay/printers/index.ts';
import { type Printing, type PrintingOptions, preparePrinting } from '../unit/relay/printers/printing.ts';
import { startCuttingProxy } from './cutting-proxy.ts';

let printing: Printing;
let printer: DebianPrinter;
afterEach(async () => {
  await printer.stop();
  await printing.remove();
});

const token = () => `${printing.ticket.jobId}.1`;
const device = (uri = printer.uri) => openOutputDevice('d1', uri, { silenceMilliseconds: 2_000 });
const onceSent = (act: () => void | Promise<void>): PrintingOptions => ({
  onStep: ({ step }) => (step === 'sent' ? act() : undefined),
});
const crashAt = (at: string): PrintingOptions => ({
  onStep: ({ step }) => {
    if (step === at) throw new Error('crash');
  },
});

async function spooled(): Promise<string[]> {
  const names = (await readdir(printer.folder)).filter(name => name.endsWith('.pdf'));
  const documents = await Promise.all(names.map(name => readFile(join(printer.folder, name))));
  return documents.map(document => createHash('sha256').update(document).digest('hex'));
}

describe('ippeveprinter', () => {
  async function prepare(options: PrintingOptions = {}, octets = 3_000_000, seconds = 0) {
    printing = await preparePrinting(octets, options);
    const command = join(printing.folder, 'print');
    await writeFile(command, `#!/bin/sh\nexec sleep ${seconds}\n`);
    await chmod(command, 0o755);
    printer = await startIppEvePrinter(command);
  }

  it('receives the document unchanged and reports completed', async () => {
    await prepare({ template: { copies: 2, sides: 'one-sided', media: 'iso_a4_210x297mm' } });

    const outcome = await printing.print(device());

    expect(outcome).toEqual({ kind: 'completed' });
    expect(await spooled()).toEqual([printing.ticket.sha256]);
  });

  it('is described by its own attributes', async () => {
    await prepare();

    expect(await device().describe(printing.controller.signal)).toMatchObject({
      state: 'idle',
      stateReasons: [],
      attributes: {
        'printer-uuid': expect.stringMatching(/^urn:uuid:/),
        'printer-info': 'Platen',
        'document-format-supported': expect.arrayContaining(['application/pdf']),
        'media-default': expect.any(String),
        'printer-resolution-default': { x: 600, y: 600 },
      },
    });
  });

  it('is followed while it prints', async () => {
    await prepare({}, 3_000_000, 2);

    const outcome = await printing.print(device());

    expect(outcome).toEqual({ kind: 'completed' });
    expect(printing.progress.map(({ state }) => state)).toContain('processing');
  });

  it('ends a job that is canceled while it prints', async () => {
    await prepare(
      onceSent(() => printing.controller.abort()),
      20_000,
      3,
    );

    expect(await printing.print(device())).toMatchObject({ kind: 'canceled' });
  });

  it('that loses the connection in the middle of a document is never considered to have printed all of it', async () => {
    await prepare();
    const proxy = await startCuttingProxy(printer.uri, 1_000_000);

    const outcome = await printing.print(device(proxy.uri));
    await proxy.stop();

    expect(['unconfirmed', 'retry']).toContain(outcome.kind);
    expect(printing.steps.map(({ step }) => step)).toEqual(['submitting', 'created']);
  });

  it('that is killed while it prints, and has lost the job, leaves it unconfirmed', async () => {
    const restart = async () => {
      await printer.kill();
      await printer.start();
    };
    await prepare(onceSent(restart), 20_000, 60);

    expect(await printing.print(device())).toMatchObject({ kind: 'unconfirmed' });
  });

  it('discards the empty job of a relay that crashed before the first octet', async () => {
    await prepare(crashAt('created'));
    await expect(printing.print(device())).rejects.toThrow('crash');
    const step = printing.steps.at(-1);

    const recovered = step && (await printing.recover(device(), step));
    const again = step && (await printing.recover(device(), { step: 'submitting', jobName: token() }));

    expect(recovered).toEqual({ kind: 'not-sent' });
    expect(again).toEqual({ kind: 'not-sent' });
    expect(await spooled()).toEqual([]);
  });

  it('reports the outcome of the job to a relay that crashed after the last octet', async () => {
    await prepare(crashAt('sent'), 3_000_000, 1);
    await expect(printing.print(device())).rejects.toThrow('crash');
    const step = printing.steps.at(-1);

    const recovered = step && (await printing.recover(device(), step));

    expect(recovered).toEqual({ kind: 'completed' });
    expect(await spooled()).toEqual([printing.ticket.sha256]);
  });
});

describe('CUPS', () => {
  let sink: SocketSink;
  beforeEach(async () => {
    sink = await startSocketSink();
    printer = await startCups(sink.uri);
  });
  afterEach(() => sink.stop());

  it('forwards the document unchanged and reports completed', async () => {
    printing = await preparePrinting(3_000_000);

    const outcome = await printing.print(device());

    expect(outcome).toEqual({ kind: 'completed' });
    expect(sink.connections.map(({ sha256 }) => sha256)).toEqual([printing.ticket.sha256]);
  });

  it('reports that its printer is unreachable, and prints when it is reachable', async () => {
    await sink.stop();
    printing = await preparePrinting(20_000, {
      onProgress: ({ message }) => (message?.includes('unavailable') ? void sink.start() : undefined),
    });

    const outcome = await printing.print(device());

    expect(outcome).toEqual({ kind: 'completed' });
    expect(sink.connections.at(-1)?.sha256).toBe(printing.ticket.sha256);
  });

  it('ends a job that is canceled while the printer behind it does not close', async () => {
    sink.traps.stopsReading = true;
    printing = await preparePrinting(
      24_000_000,
      onceSent(() => printing.controller.abort()),
    );

    expect(await printing.print(device())).toMatchObject({ kind: 'canceled' });
  });

  it('discards the empty job of a relay that crashed before the first octet', async () => {
    printing = await preparePrinting(20_000, crashAt('created'));
    await expect(printing.print(device())).rejects.toThrow('crash');
    const step = printing.steps.at(-1);

    const recovered = step && (await printing.recover(device(), step));

    expect(recovered).toEqual({ kind: 'not-sent' });
    expect(sink.connections).toEqual([]);
  });

  it('keeps its jobs after it was killed', async () => {
    sink.traps.noFin = true;
    printing = await preparePrinting(
      20_000,
      onceSent(async () => {
        await printer.kill();
        sink.traps.noFin = false;
        await printer.start();
        throw new Error('crash');
      }),
    );
    await expect(printing.print(device())).rejects.toThrow('crash');
    const step = printing.steps.at(-1);

    const recovered = step && (await printing.recover(device(), step));

    expect(recovered).toEqual({ kind: 'completed' });
  });
});
