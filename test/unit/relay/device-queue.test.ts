import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type JobRecord, keyOf } from '../../../relay/held-job.ts';
import type { PrintOutcome } from '../../../relay/printers/output-device.ts';
import type { Ticket } from '../../../shared/protocol/relay-protocol.ts';
import { printPlainly, type RelayFixture, ScriptedDevice, settle, startRelay, ticket, until } from './relay-fixture.ts';

const never = new Promise<never>(() => {});
const offline: PrintOutcome = { kind: 'retry', reasons: ['offline'], message: 'off' };
const tickets = (...given: Ticket[]) => ({ type: 'tickets' as const, tickets: given, more: false });
const stepOf = ({ journal }: RelayFixture, given: Ticket) => (journal.entries.get(keyOf(given)) as JobRecord).step;

describe('permission to begin', () => {
  it.each([
    [299, [true, true, true, false]],
    [300, [true, false, false, false]],
  ])('is asked for ahead if the last job took %i ms: %j', async (milliseconds, expected) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { relay, device, sent, giveJob, ended } = await startRelay({ isPermitting: false });
    device.onPrint = async () => {
      vi.advanceTimersByTime(milliseconds);
      return { kind: 'completed' };
    };
    await giveJob(ticket(1));
    await ended(ticket(1));
    const others = [2, 3, 4, 5].map(number => ticket(number));

    relay.receive(tickets(...others));
    const first = (given: Ticket) =>
      sent.flatMap(message => (message.type === 'acknowledge' && message.jobId === given.jobId ? [message] : []))[0];
    await until(() => others.every(first));

    expect(others.map(given => first(given)?.waits === false)).toEqual(expected);
  });
});

describe('jobs that their printer holds', () => {
  it('let others pass, twenty at most', async () => {
    const { relay, device } = await startRelay();
    device.onPrint = async ({ letOthersPass }) => {
      letOthersPass?.();
      letOthersPass?.();
      return await never;
    };
    const many = Array.from({ length: 23 }, (_, index) => ticket(index + 1));

    relay.receive(tickets(...many));
    for (let asks = 0; device.printed.length < 21; asks++) {
      for (const { ticket: given } of relay.jobs().held)
        relay.receive({ type: 'granted', jobId: given.jobId, attempt: 1 });
      await settle();
      expect(asks).toBeLessThan(100);
    }
    await settle();

    expect(device.printed).toEqual(many.slice(0, 21).map(keyOf));
  });
});

it('the next job begins while the end of the one before goes to disk', async () => {
  const { device, journal, giveJob, ended, reports } = await startRelay();
  const [printed, disk] = [Promise.withResolvers<PrintOutcome>(), Promise.withResolvers<void>()];
  device.onPrint = async ({ ticket: { sequence } }) => (sequence === 1 ? await printed.promise : await never);
  journal.write = async key => {
    if (journal.entries.get(key)?.stage === 'ended') await disk.promise;
  };
  await giveJob(ticket(1));
  await giveJob(ticket(2));

  printed.resolve({ kind: 'completed' });
  await until(() => device.printed.length === 2);
  const early = reports();
  disk.resolve();
  await ended(ticket(1));

  expect(early).toEqual([]);
});

describe('a job that its printer did not take', () => {
  it('is tried again from the start, without asking the printer what became of it', async () => {
    const started = await startRelay();
    const { device, giveJob, ended } = started;
    const steps: unknown[] = [];
    device.onPrint = async request => {
      steps.push(stepOf(started, request.ticket));
      if (device.printed.length === 2) return await printPlainly(request);
      await request.step({ step: 'submitting', jobName: 'x' });
      return offline;
    };

    await giveJob(ticket(1));
    await ended(ticket(1));

    expect(steps).toEqual([undefined, undefined]);
    expect(device.recovered).toEqual([]);
  });

  it.each([
    ['before its first step', false],
    ['after it', true],
  ])('stays for the next start when the relay stops %s', async (_name, hasStep) => {
    const started = await startRelay({ printAfter: 1_000_000 });
    const { relay, device, giveJob, reports } = started;
    device.onPrint = async ({ step }) => {
      if (hasStep) await step({ step: 'submitting', jobName: 'x' });
      return offline;
    };
    await giveJob(ticket(1));
    await until(() => reports().length > 0);
    await settle();
    const tries = device.printed.length;

    await relay.stop();

    expect(device.printed).toHaveLength(tries);
    expect(started.journal.entries.get(keyOf(ticket(1)))).toMatchObject({ stage: 'granted', isUnbegun: true });
    expect(reports()).toMatchObject([{ state: 'processing-stopped', reasons: ['offline'] }]);
  });
});

describe('a relay that stops', () => {
  it('says nothing more of a job that its printer did not take', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { relay, device, sent } = await startRelay({ holdBack: 5000 });
    const stopping = Promise.withResolvers<void>();
    device.onPrint = async ({ progress }) => {
      progress({ state: 'processing', reasons: ['queued-in-device'] });
      await stopping.promise;
      return offline;
    };
    relay.receive(tickets(ticket(1)));
    await settle();
    relay.receive({ type: 'granted', jobId: ticket(1).jobId, attempt: 1, ask: 1 });
    await settle();
    const wasPrinting = device.printed.length;
    sent.length = 0;

    const stopped = relay.stop();
    stopping.resolve();
    await stopped;
    vi.advanceTimersByTime(5000);
    await settle();

    expect([wasPrinting, sent]).toEqual([1, []]);
  });

  it('does not take a job for not begun whose printer is about to begin, or that has a step', async () => {
    const first = await startRelay();
    first.device.onPrint = async ({ step, letOthersPass }) => {
      await step({ step: 'created', jobName: 'x' });
      letOthersPass?.();
      return await never;
    };
    const jobs = [ticket(1), ticket(2)];
    for (const given of jobs) await first.giveJob(given);
    await until(() => jobs.every(given => stepOf(first, given)));
    const reached = Promise.withResolvers<void>();
    const device = new ScriptedDevice('office');
    device.onRecover = async ({ ticket: { sequence } }) => (sequence === 1 ? await never : { kind: 'not-sent' });
    const label = new ScriptedDevice('label');
    label.onPrint = async ({ step }) => {
      await reached.promise;
      await step({ step: 'created', jobName: 'x' });
      return await never;
    };
    const { journal, spool } = first;
    const { relay, giveJob } = await startRelay({ journal, spool, devices: [device, label] });
    const begins = ticket(3, { deviceId: 'label' });
    await giveJob(begins);
    await until(() => label.printed.length > 0);

    void relay.stop();
    reached.resolve();
    await until(() => stepOf(first, begins));

    const entries = [...jobs, begins].map(given => journal.entries.get(keyOf(given)) as JobRecord);
    expect(entries.map(({ isUnbegun }) => isUnbegun)).toEqual([undefined, undefined, undefined]);
  });
});

it('a relay that stops while a printer is asked for permission begins nothing', async () => {
  const { relay, device, giveJob } = await startRelay({ isPermitting: false });
  device.onPrint = async ({ step }) => {
    relay.disconnected();
    await step({ step: 'submitting', jobName: 'x' });
    return { kind: 'completed' };
  };
  await giveJob(ticket(1));
  await until(() => device.printed.length > 0);
  await settle();

  await relay.stop();

  expect(relay.jobs().held).toMatchObject([{ stage: 'granted', step: undefined }]);
});
