import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { keyOf } from '../../../relay/held-job.ts';
import type { PrintOutcome } from '../../../relay/printers/output-device.ts';
import type { Report } from '../../../shared/protocol/relay-protocol.ts';
import { addressOf, again, MemoryJournal, ScriptedDevice, settle, startRelay, ticket, until } from './relay-fixture.ts';

const [one, two] = [ticket(1), ticket(2)];
const tickets = (...given: (typeof one)[]) => ({ type: 'tickets' as const, tickets: given, more: false });
const never = new Promise<never>(() => {});

/** A relay that was killed while job one was at the printer, with job two granted behind it. */
async function killedWhilePrinting() {
  const first = await startRelay({ instance: 'first' });
  first.device.onPrint = async ({ step }) => {
    await step({ step: 'created', jobName: 'x' });
    return never;
  };
  await first.giveJob(one);
  await first.giveJob(two);
  await until(() => (first.journal.entries.get(keyOf(two)) as { stage: string } | undefined)?.stage === 'granted');
  return first;
}

const retry = (reason: string) => ({ kind: 'retry' as const, reasons: [reason], message: 'no answer' });
const asksOf = (sent: Awaited<ReturnType<typeof startRelay>>['sent'], { jobId }: typeof one) =>
  sent.flatMap(message => (message.type === 'acknowledge' && message.jobId === jobId ? [message] : []));

test('what was permitted over a connection that is lost is asked for again', async () => {
  const { relay, device, sent, giveJob, ended } = await startRelay();
  const printing = Promise.withResolvers<void>();
  device.onPrint = async ({ ticket: { jobId } }): Promise<PrintOutcome> => {
    if (jobId === one.jobId) await printing.promise;
    return { kind: 'completed' };
  };
  await giveJob(one);
  await giveJob(two);
  await until(() => asksOf(sent, two).length > 0);
  await settle();

  relay.disconnected();
  printing.resolve();
  await ended(two);

  expect(asksOf(sent, two).map(({ ask }) => ask)).toEqual([1, 2]);
});

describe('after a restart', () => {
  test('a job that was granted before is printed only when it is granted again', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const second = await startRelay({ journal, spool, instance: 'second', isPermitting: false });

    await until(() => asksOf(second.sent, two).length > 0);
    await settle();
    const printedBefore = [...second.device.printed];
    const [ask] = asksOf(second.sent, two);
    second.relay.receive({ type: 'granted', ...addressOf(two), ask: ask?.ask });
    await second.ended(two);

    expect(printedBefore).toEqual([]);
    expect(ask).toMatchObject({ instance: 'second', ask: 2, waits: false });
    expect(second.device.printed).toEqual([keyOf(two)]);
  });

  test('a job that was not sent, as the printer says, needs permission too', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const device = new ScriptedDevice('office');
    device.onRecover = async () => ({ kind: 'not-sent' });
    const second = await startRelay({ journal, spool, device, instance: 'second', isPermitting: false });

    await until(() => asksOf(second.sent, one).length > 0);
    second.relay.receive({ type: 'refused', ...addressOf(one), ask: asksOf(second.sent, one)[0]?.ask });
    await until(() => asksOf(second.sent, two).length > 0);

    expect(second.device.printed).toEqual([]);
  });

  test('a job that a process on a copy of the folder printed is found at the printer, once there is permission', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const device = new ScriptedDevice('office');
    device.onRecover = async () => ({ kind: 'completed' });
    const second = await startRelay({ journal, spool, device, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, two).length > 0);
    await settle();
    const askedBefore = [...device.recovered];

    second.relay.receive({ type: 'granted', ...addressOf(two), ask: asksOf(second.sent, two)[0]?.ask });

    expect(await second.ended(two)).toMatchObject({ state: 'completed' });
    expect(askedBefore).toEqual([`${keyOf(one)} created`]);
    expect(device.recovered).toEqual([`${keyOf(one)} created`, `${keyOf(two)} submitting`]);
    expect(device.printed).toEqual([]);
  });

  test.each<[string, number, PrintOutcome[], string, number]>([
    ['completed, of several copies', 2, [{ kind: 'completed' }], 'processing-stopped', 0],
    ['offline at first', 1, [retry('offline'), { kind: 'completed' }], 'completed', 0],
    ['a printer that does not list jobs', 1, [retry('printer-refuses-requests')], 'completed', 1],
  ])('a job that a copy may have printed: %s', async (_name, copies, answers, state, prints) => {
    const first = await startRelay();
    first.device.onPrint = () => never;
    first.relay.receive(tickets({ ...one, template: { copies } }));
    await until(() => asksOf(first.sent, one).length > 0);
    const device = new ScriptedDevice('office');
    device.onRecover = async () => answers.shift() ?? { kind: 'not-sent' };

    const { ended } = await startRelay({ journal: first.journal, spool: first.spool, device });

    expect(await ended(one)).toMatchObject({ state });
    expect(device.printed).toHaveLength(prints);
  });

  test('a refused job leaves nothing that keeps a later offer of it from being printed', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const second = await startRelay({ journal, spool, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, two).length > 0);
    second.relay.receive({ type: 'refused', ...addressOf(two), ask: 2 });
    await settle();

    second.relay.receive(tickets({ ...two, asked: 7 }));
    await until(() => asksOf(second.sent, two).length > 1);

    expect(asksOf(second.sent, two).at(-1)).toMatchObject({ ask: 8 });
  });

  test('reports continue the numbers of those that an earlier journal held', async () => {
    const { relay, sent, ended } = await startRelay();

    relay.receive(tickets({ ...one, asked: 1, reported: 3 }));

    expect(await ended(one)).toMatchObject({ state: 'completed', sequence: 4 });
    expect(asksOf(sent, one)[0]).toMatchObject({ reportSequence: 3 });
  });

  test('a grant that answers an older ask does not count', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const second = await startRelay({ journal, spool, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, two).length > 0);

    second.relay.receive({ type: 'granted', ...addressOf(two), ask: 1 });
    await settle();

    expect(second.device.printed).toEqual([]);
  });

  test('a cancel instead of permission ends the job unprinted', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const second = await startRelay({ journal, spool, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, two).length > 0);

    second.relay.receive({ type: 'cancel', ...addressOf(two), ask: 2 });

    expect(await second.ended(two)).toMatchObject({ state: 'canceled' });
    expect(second.device.printed).toEqual([]);
  });

  test('a cancel instead of the first permission ends the job once its printer was asked', async () => {
    const first = await startRelay({ isPermitting: false });
    first.relay.receive(tickets(one, two));
    await until(() => asksOf(first.sent, two).length > 0);
    const { journal, spool } = first;
    const second = await startRelay({ journal, spool, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, one).length > 0);

    second.relay.receive({ type: 'cancel', ...addressOf(one), ask: 2 });

    expect(await second.ended(one)).toMatchObject({ state: 'canceled' });
    expect(second.device.recovered).toEqual([`${keyOf(one)} submitting`]);
  });

  test('a cancel makes it ask, as another process may be printing the job', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const second = await startRelay({ journal, spool, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, two).length > 0);

    second.relay.receive({ type: 'cancel', ...addressOf(two) });
    await settle();

    expect(second.reports().filter(({ jobId }) => jobId === two.jobId)).toEqual([]);
  });

  test.each<[string, PrintOutcome[], Partial<Report>]>([
    ['has printed it', [{ kind: 'completed' }], { state: 'completed' }],
    ['does not answer at first', [retry('offline'), retry('offline'), { kind: 'completed' }], { state: 'completed' }],
  ])('a canceled job is not called canceled when its printer %s', async (_name, answers, end) => {
    const { journal, spool } = await killedWhilePrinting();
    const device = new ScriptedDevice('office');
    device.onRecover = async ({ ticket: { jobId } }) =>
      jobId === one.jobId ? { kind: 'completed' } : (answers.shift() ?? { kind: 'not-sent' });
    const second = await startRelay({ journal, spool, device, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, two).length > 0);

    second.relay.receive({ type: 'cancel', ...addressOf(two), ask: 2 });

    expect(await second.ended(two)).toMatchObject(end);
  });

  describe('a job behind one that its printer has', () => {
    /** Job two may have been printed by a copy; job one is at the printer until `over`. */
    async function waitingBehind() {
      const { journal, spool } = await killedWhilePrinting();
      const device = new ScriptedDevice('office');
      const over = Promise.withResolvers<PrintOutcome>();
      device.onRecover = async ({ ticket: { jobId } }) =>
        jobId === one.jobId ? await over.promise : { kind: 'completed' };
      const second = await startRelay({ journal, spool, device, instance: 'second', isPermitting: false });
      second.relay.receive({ type: 'cancel', ...addressOf(two) });
      await until(() => asksOf(second.sent, two).length > 0);
      return { ...second, over };
    }

    test('is canceled only when its printer was asked, in its turn', async () => {
      const { relay, device, over, ended, reports } = await waitingBehind();

      relay.receive({ type: 'cancel', ...addressOf(two), ask: 2 });
      await settle();
      const early = [reports().length, device.recovered.length];
      over.resolve({ kind: 'completed' });

      expect(await ended(two)).toMatchObject({ state: 'completed' });
      expect(early).toEqual([0, 1]);
      expect(device.recovered).toEqual([`${keyOf(one)} created`, `${keyOf(two)} submitting`]);
    });

    test('is dropped at once when it is refused', async () => {
      const { relay, device, journal, spool } = await waitingBehind();

      relay.receive({ type: 'refused', ...addressOf(two), ask: 2 });
      await settle();

      expect(relay.jobs().held.map(({ key }) => key)).toEqual([keyOf(one)]);
      expect([[...spool.here], [...journal.entries.keys()]]).toEqual([[keyOf(one)], [keyOf(one)]]);
      expect(device.recovered).toHaveLength(1);
    });
  });

  test('a cancel of a job that is not known is answered', async () => {
    const { relay, sent } = await startRelay({ instance: 'first' });

    relay.receive({ type: 'cancel', ...addressOf(one) });

    expect(sent).toContainEqual({ type: 'unknown', ...addressOf(one), instance: 'first', why: undefined });
  });

  test('the number of an ask is in the journal before it is sent', async () => {
    const { relay, journal, sent } = await startRelay();

    relay.receive(tickets(one));
    await until(() => asksOf(sent, one).length > 0);

    expect(journal.entries.get(keyOf(one))).toMatchObject({ asked: 1 });
  });
});

/** As it is now, in a file of its own. */
function copyOf(journal: MemoryJournal): MemoryJournal {
  const copy = new MemoryJournal();
  for (const [key, entry] of journal.entries) copy.putLater(key, entry);
  return copy;
}

describe('on a copy of the folder from before the first step', () => {
  /** What the second process asks for job two. */
  async function askOf(journal: MemoryJournal, spool: Parameters<typeof startRelay>[0], remembersJobs: boolean) {
    const device = Object.assign(new ScriptedDevice('office'), { remembersJobs });
    const second = await startRelay({ ...spool, journal, device, instance: 'second', isPermitting: false });
    await until(() => asksOf(second.sent, two).length > 0);
    return { second, ask: asksOf(second.sent, two)[0] };
  }

  test('a relay says so when it asks, if the printer cannot be asked', async () => {
    const { journal, spool } = await killedWhilePrinting();

    const copied = await askOf(copyOf(journal), { spool }, false);
    const asked = await askOf(copyOf(journal), { spool }, true);
    const restarted = await askOf(journal, { spool }, false);

    expect(copied.ask).toMatchObject({ ask: 2, mayBeCopy: true });
    expect(asked.ask).not.toHaveProperty('mayBeCopy');
    expect(restarted.ask).not.toHaveProperty('mayBeCopy');
  });

  test('it says so again after a restart on the copy', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const copy = copyOf(journal);
    await askOf(copy, { spool }, false);

    const { ask } = await askOf(copy, { spool }, false);

    expect(ask).toMatchObject({ ask: 3, mayBeCopy: true });
  });

  test('it does not say so of a job that a relay had not begun when it was stopped in order', async () => {
    const first = await killedWhilePrinting();
    void first.relay.stop();
    await settle();

    const { ask } = await askOf(copyOf(first.journal), { spool: first.spool }, false);

    expect(ask).not.toHaveProperty('mayBeCopy');
  });

  test('a job is one of a copy no longer once its printer has said that it does not know it', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const copy = copyOf(journal);
    const { second, ask } = await askOf(copy, { spool }, true);
    second.device.onRecover = async () => ({ kind: 'not-sent' });
    second.device.onPrint = async ({ step }) => {
      await step({ step: 'created', jobName: 'x' });
      return never;
    };
    const entryOf = () => copy.entries.get(keyOf(two));
    const before = entryOf();

    second.relay.receive({ type: 'granted', ...addressOf(two), ask: ask?.ask });
    await until(() => second.device.printed.length > 0);
    await settle();

    expect(before).toMatchObject({ isFromCopy: true });
    expect(entryOf()).toMatchObject({ isFromCopy: undefined, step: { step: 'created' } });
  });

  test('a printer that does not list its jobs leaves the job unconfirmed', async () => {
    const { journal, spool } = await killedWhilePrinting();
    const { second, ask } = await askOf(copyOf(journal), { spool }, true);
    second.device.onRecover = async () => ({
      kind: 'retry',
      reasons: ['printer-refuses-requests'],
      message: 'no list',
    });

    second.relay.receive({ type: 'granted', ...addressOf(two), ask: ask?.ask });

    expect(await second.ended(two)).toMatchObject({ reasons: ['delivery-unconfirmed'] });
    expect(second.device.printed).toEqual([]);
  });
});

describe('of a printer that takes no job', () => {
  /** Refuses three times, and takes the rest. */
  async function refusedThrice() {
    const started = await startRelay();
    let refusals = 3;
    started.device.onPrint = async ({ step }) => {
      if (refusals-- > 0) return retry('offline');
      await step({ step: 'created', jobName: 'x' });
      return { kind: 'completed' };
    };
    await started.giveJob(one);
    await started.giveJob(two);
    await started.ended(two);
    return (given: typeof one) => asksOf(started.sent, given).map(({ ask, waits }) => [ask, waits]);
  }

  test('permission is given back, and asked for again once the printer is reached', async () => {
    const asked = await refusedThrice();

    expect(asked(one)).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
  });

  test('the next job is not asked for to begin until its turn comes', async () => {
    const asked = await refusedThrice();

    expect(asked(two).filter(([, waits]) => !waits).length).toBeLessThanOrEqual(2);
    expect(asked(two).at(-1)?.[1]).toBe(false);
  });
});

test('a job that has begun needs no permission any more', async () => {
  const { relay, device, sent, giveJob, ended } = await startRelay({ isPermitting: false });
  const taken: string[] = [];
  device.onPrint = async ({ step }) => {
    for (const each of ['created', 'sent'] as const) {
      await step({ step: each, jobName: 'x' });
      taken.push(each);
      relay.disconnected();
    }
    return { kind: 'completed' };
  };

  await giveJob(one);

  expect(await ended(one)).toMatchObject({ state: 'completed' });
  expect([taken, asksOf(sent, one).length]).toEqual([['created', 'sent'], 1]);
});

describe('before the first step of a job', () => {
  /** A printer that takes longer to reach than a permission lasts. */
  async function reachedLate() {
    const started = await startRelay({ isPermitting: false });
    const reached = Promise.withResolvers<void>();
    started.device.onPrint = async ({ step, signal }) => {
      await reached.promise;
      await step({ step: 'created', jobName: 'x' });
      return { kind: signal.aborted ? 'canceled' : 'completed' };
    };
    await started.giveJob(one);
    await until(() => started.device.printed.length > 0);
    started.relay.disconnected();
    reached.resolve();
    await until(() => asksOf(started.sent, one).length > 1);
    return started;
  }

  test('permission that has ended meanwhile is asked for again', async () => {
    const { relay, journal, ended } = await reachedLate();
    const before = structuredClone(journal.entries.get(keyOf(one)));

    relay.receive({ type: 'granted', ...addressOf(one), ask: 2 });

    expect(await ended(one)).toMatchObject({ state: 'completed' });
    expect(before).not.toHaveProperty('step.step');
  });

  const stepIn = ({ entries }: MemoryJournal) => {
    const entry = entries.get(keyOf(one));
    return entry && 'step' in entry ? entry.step : undefined;
  };

  /** A disk that takes longer to write the step than a permission lasts. */
  async function writtenLate() {
    const journal = new MemoryJournal();
    const written = Promise.withResolvers<void>();
    journal.write = async () => {
      if (stepIn(journal)) await written.promise;
    };
    const started = await startRelay({ journal, isPermitting: false });
    const sentAt: number[] = [];
    started.device.onPrint = async ({ step }) => {
      await step({ step: 'created', jobName: 'x' });
      sentAt.push(asksOf(started.sent, one).length);
      return { kind: 'completed' };
    };
    started.relay.receive(tickets(one));
    await settle();
    started.relay.receive({ type: 'granted', ...addressOf(one), ask: 1 });
    await settle();
    started.relay.disconnected();
    written.resolve();
    await settle();
    return { ...started, sentAt };
  }

  test('permission that has ended while the step was written is asked for again', async () => {
    const { relay, ended, sentAt } = await writtenLate();

    relay.receive({ type: 'granted', ...addressOf(one), ask: 2 });

    expect(await ended(one)).toMatchObject({ state: 'completed' });
    expect(sentAt).toEqual([2]);
  });

  test('a job whose step was written, and whose permission does not come, is known as not sent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { device, journal, sentAt } = await writtenLate();
    const before = stepIn(journal);

    await vi.advanceTimersByTimeAsync(6000);
    await settle();

    expect(before).toBeDefined();
    expect(stepIn(journal)).toBeUndefined();
    expect([sentAt, device.recovered]).toEqual([[], []]);
  });

  test('a printer is not kept connected while permission does not come', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { relay, device, sent } = await startRelay({ isPermitting: false });
    let isConnected = false;
    device.onPrint = async ({ step }) => {
      if (device.printed.length === 1) return retry('offline');
      isConnected = true;
      await step({ step: 'created', jobName: 'x' }).finally(() => {
        isConnected = false;
      });
      return { kind: 'completed' };
    };
    relay.receive(tickets(one));
    await settle();
    relay.receive({ type: 'granted', ...addressOf(one), ask: 1 });
    await settle();
    await vi.advanceTimersByTimeAsync(10);
    await settle();
    const atFirst = isConnected;
    await vi.advanceTimersByTimeAsync(6000);
    await settle();
    const afterSeconds = isConnected;
    relay.receive({ type: 'granted', ...addressOf(one), ask: asksOf(sent, one).at(-1)?.ask });
    await settle();

    expect([atFirst, afterSeconds]).toEqual([true, false]);
    expect(device.printed).toHaveLength(3);
  });

  test('a refusal then ends it without a step', async () => {
    const { relay, journal } = await reachedLate();

    relay.receive({ type: 'refused', ...addressOf(one), ask: 2 });
    await until(() => !journal.entries.has(keyOf(one)));

    expect(relay.jobs().held).toEqual([]);
  });
});

describe('a job whose turn is not near', () => {
  test('is acknowledged for later, and asked for again when its turn comes', async () => {
    const five = [1, 2, 3, 4, 5].map(number => ticket(number));
    const { relay, device, sent, ended } = await startRelay();
    const blocker = Promise.withResolvers<PrintOutcome>();
    device.onPrint = async request => (request.ticket.sequence === 1 ? blocker.promise : { kind: 'completed' });
    const last = five[4] as typeof one;

    relay.receive(tickets(...five));
    await until(() => five.every(given => asksOf(sent, given).length > 0));
    for (const given of five) relay.receive({ type: 'granted', ...addressOf(given), ask: 1 });
    await settle();
    const early = asksOf(sent, last).map(({ waits }) => waits);
    blocker.resolve({ kind: 'completed' });
    await ended(last);

    expect(early).toEqual([true]);
    expect(asksOf(sent, last).map(({ ask, waits }) => [ask, waits])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(device.printed).toEqual(five.map(keyOf));
  });
});

describe('a job whose turn comes before its acknowledgement is due', () => {
  test('is asked for once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const five = [1, 2, 3, 4, 5].map(number => ticket(number));
    const { relay, sent } = await startRelay();
    const last = five[4] as typeof one;

    relay.receive(tickets(...five));
    await settle();
    const early = asksOf(sent, last).length;
    for (const given of five.slice(0, 4)) relay.receive({ type: 'cancel', ...addressOf(given) });
    await settle();
    await vi.advanceTimersByTimeAsync(1000);
    await settle();

    expect(early).toBe(0);
    expect(asksOf(sent, last).map(({ ask, waits }) => [ask, waits])).toEqual([[1, false]]);
  });
});

describe('a job that is over before its acknowledgement is due', () => {
  test('is not journalled again, nor asked for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const five = [1, 2, 3, 4, 5].map(number => ticket(number));
    const { relay, journal, sent } = await startRelay({ isPermitting: false });
    const last = five[4] as typeof one;
    relay.receive(tickets(...five));
    await settle();

    relay.receive({ type: 'cancel', ...addressOf(last) });
    await settle();
    relay.receive({ type: 'noted', ...addressOf(last) });
    await vi.advanceTimersByTimeAsync(1000);
    await settle();

    expect([...journal.entries.keys()]).toEqual(five.slice(0, 4).map(keyOf));
    expect(asksOf(sent, last)).toEqual([]);
  });

  test('is not asked for again when it was refused', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { relay } = await startRelay();
    relay.receive(tickets(one));
    await settle();
    const before = vi.getTimerCount();

    relay.receive({ type: 'refused', ...addressOf(one), ask: 1 });
    await settle();

    expect([before, vi.getTimerCount()]).toEqual([1, 0]);
  });
});

test('after a crash a job that was begun comes before an earlier one that came later', async () => {
  const first = await startRelay({ instance: 'first' });
  first.device.onPrint = async ({ step }) => {
    await step({ step: 'created', jobName: 'x' });
    return never;
  };
  await first.giveJob(two);
  await until(() => first.device.printed.length > 0);
  await first.giveJob(one);
  await until(() => first.journal.entries.has(keyOf(one)));
  const { journal, spool } = first;
  const order: number[] = [];
  const device = new ScriptedDevice('office');
  const complete = async ({ ticket: { sequence } }: { ticket: typeof one }): Promise<PrintOutcome> => {
    order.push(sequence);
    return { kind: 'completed' };
  };
  Object.assign(device, { onRecover: complete, onPrint: complete });

  const { ended } = await startRelay({ journal, spool, device });
  await ended(one);

  expect(order).toEqual([2, 1]);
});

describe('an inquiry', () => {
  const inquire = { type: 'inquire' as const, jobs: [addressOf(one)] };

  test('about a job that has ended is answered with its end', async () => {
    const { relay, giveJob, ended, sent } = await startRelay();
    await giveJob(one);
    const report = await ended(one);
    relay.receive({ type: 'noted', ...addressOf(one) });
    sent.length = 0;

    relay.receive(inquire);

    expect(sent).toEqual([again(report)]);
  });

  test('about a job that the journal does not know says so, with the reason if there is one', async () => {
    const knowing = await startRelay({ instance: 'a' });
    const damaged = await startRelay({ instance: 'b', lost: 'The journal was damaged.' });

    knowing.relay.receive(inquire);
    damaged.relay.receive(inquire);

    expect(knowing.sent).toEqual([{ type: 'unknown', ...addressOf(one), instance: 'a' }]);
    expect(damaged.sent).toEqual([
      { type: 'unknown', ...addressOf(one), instance: 'b', why: 'The journal was damaged.' },
    ]);
  });

  test('is what a ticket of a job amounts to that has ended here: the cloud was restored from a backup', async () => {
    const { relay, device, giveJob, ended, sent } = await startRelay();
    await giveJob(one);
    const report = await ended(one);
    relay.receive({ type: 'noted', ...addressOf(one) });
    sent.length = 0;

    relay.receive(tickets(one));
    await settle();

    expect(sent).toEqual([again(report)]);
    expect(device.printed).toEqual([keyOf(one)]);
  });
});

test('a damaged journal keeps what has ended, and prints nothing of the rest', async () => {
  const { journal, spool } = await killedWhilePrinting();

  const { relay, device, sent } = await startRelay({ journal, spool, lost: 'The journal was damaged.' });
  relay.connected();
  await settle();

  expect(sent).toEqual([{ type: 'fetch', instance: 'one-start', holds: [], lost: 'The journal was damaged.' }]);
  expect([device.printed, device.recovered]).toEqual([[], []]);
  expect(journal.entries.size).toBe(0);
});
