import { afterEach, describe, expect, it } from 'vitest';
import { type SocketSink, type SocketTraps, startSocketSink } from '../../../../doubles/socket-sink.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import { hurried, type Printing, type PrintingOptions, preparePrinting } from './printing.ts';

let sink: SocketSink;
let printing: Printing;
afterEach(async () => {
  await sink.stop();
  await printing.remove();
});

async function prepare(traps: SocketTraps = {}, octets = 20_000, options: PrintingOptions = {}) {
  sink = await startSocketSink({ traps });
  printing = await preparePrinting(octets, options);
}

const device = (options = hurried) => openOutputDevice('d1', sink.uri, options);
const print = () => printing.print(device());
const stepNames = () => printing.steps.map(({ step }) => step);
/** more than all buffers on the way */
const large = 24 * 1024 * 1024;

describe('a raw socket', () => {
  it.each([0, 1, 20_000, large])('receives %d octets unchanged', async octets => {
    await prepare({}, octets);

    const outcome = await printing.print(device({ ...hurried, idleMilliseconds: 10_000 }));

    expect(outcome).toEqual({ kind: 'completed' });
    expect(sink.connections).toHaveLength(1);
    expect(sink.connections[0]).toMatchObject({ isWhole: true, sha256: printing.ticket.sha256 });
    expect(stepNames()).toEqual(['created']);
  });

  it('that was off is asked whether it is back while no job may try, and only then', async () => {
    await prepare();
    await sink.stop();
    const patient = device();
    const idle = device({ ...hurried, probeMilliseconds: 0 });
    const { signal } = new AbortController();
    await printing.print(patient);
    await printing.print(idle);
    const off = (await idle.describe(signal)).stateReasons;

    await sink.start();

    expect(off).toEqual(['offline']);
    expect((await idle.describe(signal)).stateReasons).toEqual([]);
    expect((await patient.describe(signal)).stateReasons).toEqual(['offline']);
    expect(sink.connections).toHaveLength(1);
  });

  it('is journalled before the first octet', async () => {
    const seen: [string, number][] = [];
    await prepare({}, 20_000, {
      onStep: async ({ step }) => {
        await expect.poll(() => sink.open).toBe(1);
        seen.push([step, sink.connections[0]?.octets ?? 0]);
      },
    });

    await print();

    expect(seen).toEqual([['created', 0]]);
    expect(sink.connections[0]?.octets).toBe(20_000);
  });

  it('that closes late is waited for', async () => {
    await prepare({ lateMilliseconds: 150 });

    expect(await print()).toEqual({ kind: 'completed' });
  });

  it('that talks back is listened to and ignored', async () => {
    await prepare({ chatty: true }, 1_000_000);

    expect(await print()).toEqual({ kind: 'completed' });
  });

  it('with a closed port is retried later', async () => {
    await prepare();
    await sink.stop();

    expect(await print()).toMatchObject({ kind: 'retry', reasons: ['offline'] });
    expect(stepNames()).toEqual([]);
  });

  it('that is closed before the first octet is tried again later', async () => {
    await prepare({}, 20_000, {
      onStep: async ({ step }) => {
        if (step === 'created') await sink.stop().then(() => new Promise(resolve => setTimeout(resolve, 50)));
      },
    });

    expect(await print()).toMatchObject({ kind: 'retry' });
  });

  it('that is reset before the first octet is tried again later', async () => {
    await prepare({}, 20_000, {
      onStep: async ({ step }) => {
        if (step !== 'created') return;
        await expect.poll(() => sink.open).toBe(1);
        sink.reset();
        await expect.poll(() => sink.open).toBe(0);
        // the reset is a message of the kernel, which the next turns of the event loop bring
        for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));
      },
    });

    expect(await print()).toMatchObject({ kind: 'retry', reasons: ['offline'] });
  });

  it.each([
    ['completed', {}, 20_000, false],
    ['canceled', {}, large, true],
    ['unconfirmed', { resetsAfterOctets: 100_000 }, large, false],
  ])('is closed when the job is %s', async (_, trap, octets, isCanceled) => {
    await prepare(trap, octets, { onProgress: () => isCanceled && printing.controller.abort() });

    await print();

    // a printer takes one connection at a time
    await expect.poll(() => sink.open).toBe(0);
  });

  const traps: [string, SocketTraps, number][] = [
    ['never closes', { noFin: true }, 20_000],
    ['resets in the middle', { resetsAfterOctets: 100_000 }, large],
    ['closes in the middle', { closesAfterOctets: 100_000 }, large],
    ['resets at the end', { resetsAtEnd: true }, 20_000],
    ['stops reading', { stopsReading: true }, large],
  ];
  it.each(traps)('that %s is unconfirmed', async (_, trap, octets) => {
    await prepare(trap, octets);

    expect(await print()).toMatchObject({ kind: 'unconfirmed' });
    expect(stepNames()).toEqual(['created']);
  });

  it('canceled before the first octet has printed nothing', async () => {
    await prepare({}, 20_000, { onStep: ({ step }) => (step === 'created' ? printing.controller.abort() : undefined) });

    expect(await print()).toMatchObject({ kind: 'canceled' });
    expect(sink.connections[0]?.octets ?? 0).toBe(0);
  });

  it('canceled while it waits to connect has printed nothing', async () => {
    await prepare();
    printing.controller.abort();

    expect(await print()).toMatchObject({ kind: 'canceled' });
  });

  it('canceled after the first octet is unconfirmed', async () => {
    await prepare({ stopsReading: true }, large, { onProgress: () => printing.controller.abort() });

    expect(await print()).toMatchObject({ kind: 'unconfirmed', message: expect.stringContaining('canceled') });
  });
});

describe('copies on a raw socket', () => {
  const template = { copies: 3 };

  it('are sent one after another and counted in the journal', async () => {
    await prepare({}, 20_000, { template });

    expect(await print()).toEqual({ kind: 'completed' });
    expect(sink.connections.map(({ isWhole }) => isWhole)).toEqual([true, true, true]);
    // the end of the job is that of its last copy
    const counted = ['created 0', 'sent 1', 'created 1', 'sent 2', 'created 2'];
    expect(printing.steps.map(({ step, copiesDone }) => `${step} ${copiesDone}`)).toEqual(counted);
  });

  it('go on after those that came out before a crash', async () => {
    await prepare({}, 20_000, { template });
    const { ticket, path, controller } = printing;
    const steps = { step: async () => {}, progress: () => {} };

    await device().print({ ticket, path, ...steps, copiesDone: 2, signal: controller.signal });

    expect(sink.connections).toHaveLength(1);
  });

  it('are known after a crash by their count', async () => {
    await prepare({}, 20_000, { template });
    const recover = (step: 'created' | 'sent', copiesDone: number) =>
      printing.recover(device(), { step, jobName: 'a.1', copiesDone });

    expect(await recover('sent', 2)).toEqual({ kind: 'not-sent' });
    expect(await recover('sent', 3)).toEqual({ kind: 'completed' });
    expect(await recover('created', 1)).toMatchObject({ message: expect.stringContaining('copy 2 of 3') });
  });
});

describe('what a raw socket cannot ask for', () => {
  it('is named on the completed job', async () => {
    await prepare({}, 20_000, { template: { copies: 1, sides: 'two-sided-long-edge' } });

    const message = 'a raw connection cannot ask the printer for sides';
    expect(await print()).toEqual({ kind: 'completed', message, warnings: [message] });
  });
});

describe('a raw printer that never closes', () => {
  it('is believed where its address says so', async () => {
    await prepare({ noFin: true });

    expect(await printing.print(openOutputDevice('d1', `${sink.uri}?waiteof=false`, hurried))).toEqual({
      kind: 'completed',
    });
  });
});

describe('recover on a raw socket', () => {
  it('uses the journal only', async () => {
    await prepare();
    const recover = (step: 'submitting' | 'created' | 'sent') => printing.recover(device(), { step, jobName: 'a.1' });

    expect(await recover('submitting')).toEqual({ kind: 'not-sent' });
    expect(await recover('created')).toMatchObject({ kind: 'unconfirmed' });
    expect(await recover('sent')).toEqual({ kind: 'completed' });
    expect(sink.connections).toEqual([]);
  });
});

describe('describe on a raw socket', () => {
  it('returns the result of the last job, without a connection of its own', async () => {
    await prepare();
    const { signal } = printing.controller;
    const asked = device();
    const before = await asked.describe(signal);
    await sink.stop();
    await printing.print(asked);
    const after = await asked.describe(signal);

    expect(before).toEqual({ deviceId: 'd1', scheme: 'socket', attributes: {}, state: 'unknown', stateReasons: [] });
    expect(after).toMatchObject({ state: 'unknown', stateReasons: ['offline'] });
    expect(sink.connections).toEqual([]);
  });

  it('opens no connection beside that of a job', async () => {
    const states: unknown[] = [];
    await prepare();
    const busy = device();
    const describing = async () => void states.push((await busy.describe(printing.controller.signal)).state);
    await printing.print({ ...busy, print: request => busy.print({ ...request, step: describing }) });

    expect(states).toEqual(['processing']);
    expect(sink.connections).toHaveLength(1);
  });
});
