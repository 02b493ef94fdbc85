import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FetchError } from '../../../relay/fetch-document.ts';
import { type JobRecord, keyOf } from '../../../relay/held-job.ts';
import type { PrintOutcome } from '../../../relay/printers/output-device.ts';
import type { Ticket } from '../../../shared/protocol/relay-protocol.ts';
import {
  addressOf,
  again,
  MemoryJournal,
  MemorySpool,
  printPlainly,
  ScriptedDevice,
  settle,
  startRelay,
  ticket,
  until,
} from './relay-fixture.ts';

/** A job at each stage at which a relay can hold one. */
const [printing, granted, spooled, fetching] = [ticket(1), ticket(2), ticket(3), ticket(4)];
const ended = ticket(5, { deviceId: 'stores' });
const never = new Promise<never>(() => {});
const tickets = (...given: Ticket[]) => ({ type: 'tickets' as const, tickets: given, more: false });
const full = new Error('no space left');

async function holdAll() {
  const [office, stores] = [new ScriptedDevice('office'), new ScriptedDevice('stores')];
  const printed = Promise.withResolvers<PrintOutcome>();
  office.onPrint = async ({ step }) => {
    await step({ step: 'created', jobName: 'x' });
    return await printed.promise;
  };
  const started = await startRelay({ devices: [office, stores] });
  const { relay, spool, sent } = started;
  spool.arrive = async ({ key }) => (key === keyOf(fetching) ? await never : undefined);
  await started.giveJob(ended);
  await started.ended(ended);
  for (const given of [printing, granted]) await started.giveJob(given);
  relay.receive(tickets(spooled, fetching));
  await until(() => started.acknowledged(spooled));
  await settle();
  sent.length = 0;
  return { ...started, office, printed };
}

/** Timers fire only when the test advances them. */
function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('a relay that is connected', () => {
  test('names what it has acknowledged and not ended, and says each final report once', async () => {
    const { relay, sent } = await holdAll();
    useFakeTimers();

    relay.connected();
    vi.advanceTimersByTime(1000);

    const holds = [printing, granted, spooled].map(addressOf);
    expect(sent[0]).toEqual({ type: 'fetch', instance: 'one-start', holds });
    expect(sent.filter(({ type }) => type === 'report')).toMatchObject([addressOf(ended)]);
    expect(sent.filter(({ type }) => type === 'acknowledge')).toMatchObject([addressOf(spooled)]);
  });

  test('names 500 jobs at most', async () => {
    const [journal, spool] = [new MemoryJournal(), new MemorySpool()];
    for (let number = 1; number <= 501; number++) {
      const key = keyOf(ticket(number));
      journal.putLater(key, { ticket: ticket(number), stage: 'spooled', wasGranted: false });
      spool.here.add(key);
    }
    const { relay, sent } = await startRelay({ journal, spool });
    useFakeTimers();

    relay.connected();

    const fetch = sent.findLast(({ type }) => type === 'fetch');
    expect(fetch).toMatchObject({ holds: { length: 500 } });
  });
});

describe('a full disk', () => {
  test('of the journal is the trouble of the printers until it can, and of the jobs that are not granted', async () => {
    const { relay, sent } = await holdAll();
    const before = relay.troubles;

    relay.journalFailed(full);
    const during = relay.troubles;
    const said = [...sent];
    relay.journalFailed(undefined);

    expect([before, during, relay.troubles]).toEqual([[], ['spool-area-full'], []]);
    const news = { type: 'report', sequence: 0, state: 'processing-stopped', reasons: ['spool-area-full'], at: 1_000 };
    const message = 'the relay cannot write its journal: no space left';
    expect(said).toEqual([spooled, fetching].map(given => ({ ...news, ...addressOf(given), message })));
    expect(sent).toEqual(said);
  });

  test('of the spool is reported without the journal', async () => {
    const { relay, spool, journal, reports } = await startRelay();
    spool.arrive = async ({ onDelay }) => {
      onDelay?.(new FetchError('unreachable', 'no connection'));
      onDelay?.(new FetchError('spool-full', 'no room'));
      return await never;
    };

    relay.receive(tickets(spooled));
    await until(() => reports().length > 0);

    expect(reports()).toMatchObject([{ ...addressOf(spooled), sequence: 0, reasons: ['spool-area-full'] }]);
    expect(reports()[0]?.message).toBe('no room');
    expect(journal.entries.size).toBe(0);
  });

  test('of the spool is the trouble of the printers', async () => {
    const { relay, spool } = await startRelay();

    spool.isFull = true;

    expect(relay.troubles).toEqual(['spool-area-full']);
  });
});

describe('a refusal', () => {
  const refused = (given: Ticket, ask?: number) => ({ type: 'refused' as const, ...addressOf(given), ask });

  test.each([
    ['is at the printer', printing],
    ['has ended', ended],
  ])('that comes late does not drop a job that %s', async (_name, given) => {
    const { relay, printed, ended: reported, journal } = await holdAll();

    relay.receive(refused(given));
    relay.receive(refused(given, 1));
    printed.resolve({ kind: 'completed' });
    await reported(printing);
    await settle();

    expect(journal.entries.get(keyOf(given))).toMatchObject({ stage: 'ended', report: { state: 'completed' } });
    expect(relay.jobs().held.map(({ key }) => key)).toContain(keyOf(given));
  });

  test.each([
    ['drops a job that waits for permission', 1, false],
    ['of another ask does not', 2, true],
  ])('%s', async (_name, ask, isHeld) => {
    const { relay, spool, journal } = await holdAll();

    relay.receive(refused(spooled, ask));
    await settle();

    const key = keyOf(spooled);
    expect([relay.jobs().held.some(job => job.key === key), journal.entries.has(key)]).toEqual([isHeld, isHeld]);
    expect(spool.here.has(key)).toBe(isHeld);
  });

  test('of a job that a silent printer may have keeps it from being printed when it comes again', async () => {
    const { journal, spool } = await holdAll();
    const entry = journal.entries.get(keyOf(printing)) as object;
    const jobName = keyOf(printing);
    journal.putLater(jobName, { ...entry, step: { step: 'submitting', jobName } } as never);
    const device = new ScriptedDevice('office');
    device.onRecover = async () => ({ kind: 'retry', reasons: ['offline'], message: 'off' });
    const { relay, sent } = await startRelay({ journal, spool, device, instance: 'second', isPermitting: false });
    await until(() => device.recovered.length > 0);

    relay.receive({ type: 'cancel', ...addressOf(printing) });
    await until(() => sent.some(message => message.type === 'acknowledge' && message.jobId === printing.jobId));
    relay.receive(refused(printing, 2));
    await until(() => journal.entries.get(jobName)?.stage === 'forgotten');
    relay.receive(tickets(printing));

    expect(sent.at(-1)).toMatchObject({ type: 'unknown', why: expect.stringContaining('may have printed') });
  });
});

describe('what is noted', () => {
  test('leaves nothing behind of a job that was never granted', async () => {
    const { relay, spool, journal, ended: reported } = await startRelay();
    spool.arrive = async () => new FetchError('wrong-document', 'its digest differs');
    relay.receive(tickets(spooled));
    await reported(spooled);

    relay.receive({ type: 'noted', ...addressOf(spooled) });

    expect([...journal.entries]).toEqual([]);
    expect(relay.jobs()).toEqual({ held: [], ended: [] });
  });

  test('does not forget a job that has not ended', async () => {
    const { relay, journal } = await holdAll();

    for (const given of [printing, granted, spooled, fetching]) relay.receive({ type: 'noted', ...addressOf(given) });

    expect([...journal.entries.values()].map(({ stage }) => stage)).not.toContain('forgotten');
    expect(relay.jobs().held).toHaveLength(5);
  });
});

describe('the jobs that a relay shows', () => {
  test('are those that are held, and the last 50 that ended, the newest first', async () => {
    const journal = new MemoryJournal();
    const end = { sequence: 1, state: 'completed' as const, reasons: [], message: undefined, at: 1 };
    journal.putLater('without an end', { stage: 'forgotten' });
    for (let number = 1; number <= 51; number++)
      journal.putLater(keyOf(ticket(number)), { stage: 'forgotten', end: { ...end, sequence: number } });
    journal.putLater('lost', { stage: 'forgotten' });
    const { relay } = await startRelay({ journal });
    relay.receive(tickets(ticket(100)));

    const { held, ended } = relay.jobs();

    expect(held.map(({ key }) => key)).toEqual([keyOf(ticket(100))]);
    expect(ended.map(({ end: { sequence } }) => sequence)).toEqual(
      Array.from({ length: 49 }, (_, index) => 51 - index),
    );
  });
});

describe('a relay that is stopped', () => {
  test('takes no more tickets, and lets go of documents that are on their way', async () => {
    const { relay, spool, printed } = await holdAll();
    const signals: AbortSignal[] = [];
    spool.arrive = async ({ signal }) => {
      signals.push(signal);
      return await never;
    };
    relay.receive(tickets(ticket(6)));
    await until(() => signals.length > 0);

    const stopping = relay.stop();
    relay.receive(tickets(ticket(7)));
    printed.resolve({ kind: 'completed' });
    await stopping;

    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    // what has come of them is gone on with
    expect(spool.removed).not.toContain(keyOf(ticket(6)));
    expect(relay.jobs().held.map(({ key }) => key)).not.toContain(keyOf(ticket(7)));
  });

  const unbegun = (journal: MemoryJournal) =>
    [printing, granted, spooled].map(given => (journal.entries.get(keyOf(given)) as JobRecord | undefined)?.isUnbegun);

  test('notes which jobs have not begun, so that a copy of its folder does not lack their first step', async () => {
    const { relay, journal, printed } = await holdAll();

    const stopping = relay.stop();
    await settle();
    const atOnce = unbegun(journal);
    printed.resolve({ kind: 'completed' });
    await stopping;

    expect(atOnce).toEqual([undefined, true, true]);
  });

  test('notes no such thing on a copy, which may lack it', async () => {
    const { journal, spool } = await holdAll();
    const copy = new MemoryJournal();
    for (const [key, entry] of journal.entries) copy.putLater(key, entry);
    const device = new ScriptedDevice('office');
    const { relay, sent } = await startRelay({ journal: copy, spool, device, isPermitting: false });
    await until(() => sent.some(message => message.type === 'acknowledge' && message.jobId === granted.jobId));

    await relay.stop();

    expect(unbegun(copy)).toEqual([undefined, undefined, undefined]);
  });

  test('asks for nothing that is journalled only then', async () => {
    const { relay, journal, sent } = await startRelay();
    const disk = Promise.withResolvers<void>();
    journal.write = () => disk.promise;
    relay.receive(tickets(ticket(1)));
    await until(() => journal.entries.size > 0);

    await relay.stop();
    disk.resolve();
    await settle();

    expect(sent).toEqual([]);
  });

  test('has nothing to say any more', async () => {
    const { relay, sent, printed } = await holdAll();
    useFakeTimers();
    const stopping = relay.stop();
    printed.resolve({ kind: 'completed' });
    await stopping;
    sent.length = 0;

    vi.advanceTimersByTime(10_000_000);

    expect(sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a printer that is ready again', () => {
  test('is asked for permission at once, and no other', async () => {
    const devices = ['office', 'stores'].map(name => new ScriptedDevice(name));
    const { relay, sent, acknowledged } = await startRelay({ devices });
    const elsewhere = ticket(2, { deviceId: 'stores' });
    relay.receive(tickets(ticket(1), elsewhere));
    await until(() => acknowledged(ticket(1)) && acknowledged(elsewhere));
    sent.length = 0;

    relay.deviceIsReady('office');

    expect(sent).toMatchObject([{ type: 'acknowledge', ...addressOf(ticket(1)) }]);
  });

  test('is tried again at once with the job that it did not take', async () => {
    const { relay, device, giveJob, reports, ended: reported } = await startRelay({ printAfter: 1_000_000 });
    let isAway = true;
    device.onPrint = async request =>
      isAway ? { kind: 'retry', reasons: ['offline'], message: 'off' } : await printPlainly(request);
    await giveJob(printing);
    await until(() => reports().length > 0);

    isAway = false;
    relay.deviceIsReady('office');

    expect(await reported(printing)).toMatchObject({ state: 'completed' });
  });
});

test('a printer that is added later prints', async () => {
  const { relay, giveJob, ended: reported } = await startRelay();
  const device = new ScriptedDevice('stores');
  const identify = vi.fn(async () => {});

  relay.addDevice(Object.assign(device, { identify }));
  relay.receive({ type: 'identify', deviceId: 'stores' });
  await giveJob(ended);
  await reported(ended);

  expect(device.printed).toEqual([keyOf(ended)]);
  expect(identify).toHaveBeenCalledOnce();
});

describe('tickets', () => {
  const unsound: [string, object][] = [
    ['a job id that is no string', { jobId: 7 }],
    ['a job id that is a path', { jobId: '../../etc/passwd' }],
    ...[-1, 1.5, Number.NaN, '1', undefined].flatMap(value =>
      ['attempt', 'sequence', 'octets'].map((name): [string, object] => [`${name} ${value}`, { [name]: value }]),
    ),
  ];
  test.each(unsound)('are not taken with %s', async (_name, members) => {
    const { relay } = await startRelay();

    relay.receive(tickets(ticket(1, members as Partial<Ticket>), ticket(2)));

    expect(relay.jobs().held.map(({ key }) => key)).toEqual([keyOf(ticket(2))]);
  });

  test('of an older attempt are not taken', async () => {
    const { relay } = await startRelay();

    for (const attempt of [2, 1]) relay.receive(tickets(ticket(1, { attempt })));

    expect(relay.jobs().held.map(({ ticket: { attempt } }) => attempt)).toEqual([2]);
  });

  test('that follow are asked for when ten of those that came are open', async () => {
    const { relay, sent, acknowledged } = await startRelay();
    const many = Array.from({ length: 12 }, (_, index) => ticket(index + 1));
    const fetches = () => sent.filter(({ type }) => type === 'fetch').length;
    relay.receive({ type: 'tickets', tickets: many, more: true });
    await until(() => many.every(acknowledged));

    const counts = many.map(given => {
      relay.receive({ type: 'granted', ...addressOf(given), ask: 1 });
      return fetches();
    });

    expect(counts).toEqual([0, ...Array(11).fill(1)]);
  });

  test('that follow wait as long as more than ten documents are on their way', async () => {
    const { relay, spool, sent } = await startRelay();
    spool.arrive = () => never;
    const many = Array.from({ length: 13 }, (_, index) => ticket(index + 1));
    relay.receive({ type: 'tickets', tickets: many, more: true });

    const counts: number[] = [];
    for (const given of many.slice(0, 4)) {
      relay.receive({ type: 'cancel', ...addressOf(given) });
      await settle();
      counts.push(sent.filter(({ type }) => type === 'fetch').length);
    }

    expect(counts).toEqual([0, 0, 1, 1]);
  });

  test('that follow are asked for although a doorbell with none behind it came meanwhile', async () => {
    const { relay, sent, acknowledged } = await startRelay();

    relay.receive({ type: 'tickets', tickets: [ticket(1)], more: true });
    relay.receive(tickets(ticket(2)));
    await until(() => acknowledged(ticket(2)));
    relay.receive({ type: 'granted', ...addressOf(ticket(1)), ask: 1 });

    expect(sent.filter(({ type }) => type === 'fetch')).toHaveLength(1);
  });

  test('that follow are asked for after a second if all that came are known', async () => {
    const { relay, sent } = await holdAll();
    useFakeTimers();

    relay.receive({ type: 'tickets', tickets: [granted], more: true });
    vi.advanceTimersByTime(999);
    const before = sent.length;
    vi.advanceTimersByTime(1);
    const after = [...sent];
    relay.receive({ type: 'tickets', tickets: [granted], more: false });
    vi.advanceTimersByTime(2000);

    expect([before, after, sent]).toEqual([0, [{ type: 'fetch' }], [{ type: 'fetch' }]]);
  });

  test('that follow wait for those that came, be they few', async () => {
    const { relay, sent } = await startRelay();
    useFakeTimers();

    relay.receive({ type: 'tickets', tickets: [ticket(1)], more: true });
    await settle();
    vi.advanceTimersByTime(2000);

    expect(sent.filter(({ type }) => type === 'fetch')).toEqual([]);
  });

  test('tell how far the cloud has counted', async () => {
    const { relay, sent, acknowledged } = await startRelay({ isPermitting: false });
    const first = ticket(1);
    relay.receive(tickets(first));
    await until(() => acknowledged(first));

    relay.receive(tickets({ ...first, asked: 7 }));
    relay.receive({ type: 'granted', ...addressOf(first), ask: 1 });
    await settle();
    const held = relay.jobs().held[0];

    expect(held).toMatchObject({ asked: 7, stage: 'spooled' });
    expect(sent.filter(({ type }) => type === 'acknowledge')).toHaveLength(1);
  });
});

test('a job that is found in the journal and was never asked for is printed without a question to its printer', async () => {
  const [journal, spool] = [new MemoryJournal(), new MemorySpool()];
  const key = keyOf(spooled);
  journal.putLater(key, { ticket: spooled, stage: 'spooled', wasGranted: false, asked: 0 });
  spool.here.add(key);

  const { relay, device, ended: reported, acknowledged } = await startRelay({ journal, spool });
  await until(() => acknowledged(spooled));
  relay.receive({ type: 'granted', ...addressOf(spooled), ask: 1 });
  await reported(spooled);

  expect([device.recovered, device.printed]).toEqual([[], [key]]);
});

test('a document whose name cannot be made durable is not acknowledged, and its ticket may come again', async () => {
  const { relay, spool, journal, acknowledged } = await startRelay();
  spool.sync = async () => {
    throw new Error('read-only file system');
  };
  relay.receive(tickets(spooled));
  await until(() => spool.removed.length > 0);
  const before = [relay.jobs().held, [...journal.entries], acknowledged(spooled)];

  spool.sync = async () => undefined;
  relay.receive(tickets(spooled));
  await until(() => acknowledged(spooled));

  expect(before).toEqual([[], [], false]);
});

test('all jobs that are found in the journal are acknowledged, also those whose turn is not near', async () => {
  const [journal, spool] = [new MemoryJournal(), new MemorySpool()];
  const five = [1, 2, 3, 4, 5].map(number => ticket(number));
  for (const given of five) {
    journal.putLater(keyOf(given), { ticket: given, stage: 'spooled', wasGranted: false });
    spool.here.add(keyOf(given));
  }

  const { sent } = await startRelay({ journal, spool, isPermitting: false });
  const asks = () => sent.flatMap(message => (message.type === 'acknowledge' ? [message] : []));
  await until(() => asks().length === 5);

  expect(asks().map(({ jobId, waits }) => [jobId, waits])).toEqual(
    five.map(({ jobId, sequence }) => [jobId, sequence > 3]),
  );
});

test('a job that is canceled on its way does not wait for the documents of others', async () => {
  const { relay, spool, ended: reported } = await startRelay();
  spool.arrive = () => never;
  relay.receive(tickets(ticket(1), ticket(2)));

  relay.receive({ type: 'cancel', ...addressOf(ticket(2)) });

  expect(await reported(ticket(2))).toMatchObject({ state: 'canceled' });
});

test('a job that had not begun when its relay was stopped may have begun after the next ask', async () => {
  const first = await startRelay({ isPermitting: false });
  first.relay.receive(tickets(ticket(1)));
  await until(() => first.acknowledged(ticket(1)));
  await first.relay.stop();
  const { journal, spool } = first;
  const stopped = structuredClone(journal.entries.get(keyOf(ticket(1))));

  const { acknowledged } = await startRelay({ journal, spool, isPermitting: false });
  await until(() => acknowledged(ticket(1)));

  expect(stopped).toMatchObject({ isUnbegun: true, asked: 1 });
  expect(journal.entries.get(keyOf(ticket(1)))).toMatchObject({ isUnbegun: undefined, asked: 2 });
});

test('a document that was found at the start and whose name cannot be made durable costs its own job only', async () => {
  const [journal, spool] = [new MemoryJournal(), new MemorySpool()];
  const found = Array.from({ length: 5 }, (_, index) => ticket(index + 1));
  for (const given of found) {
    journal.putLater(keyOf(given), { ticket: given, stage: 'spooled', wasGranted: false, asked: 0 });
    spool.here.add(keyOf(given));
  }
  spool.sync = async () => {
    throw new Error('read-only file system');
  };

  const { relay, acknowledged } = await startRelay({ journal, spool });
  await until(() => spool.removed.length === found.length);
  spool.sync = async () => undefined;
  relay.receive(tickets(ticket(6)));
  await until(() => acknowledged(ticket(6)));

  expect(found.filter(acknowledged)).toEqual([]);
});

describe('two attempts of a job in one journal', () => {
  test.each([
    ['granted', true],
    ['never granted', false],
  ])('leave the newer one, and of an older one that was %s what must be known', async (_name, wasGranted) => {
    const [journal, spool] = [new MemoryJournal(), new MemorySpool()];
    const attempts = [2, 1].map(attempt => ticket(1, { attempt }));
    for (const each of attempts) {
      journal.putLater(keyOf(each), { ticket: each, stage: 'spooled', wasGranted });
      spool.here.add(keyOf(each));
    }

    const { relay } = await startRelay({ journal, spool });

    expect(relay.jobs().held.map(({ ticket: { attempt } }) => attempt)).toEqual([2]);
    const older = keyOf(attempts[1] as Ticket);
    expect(journal.entries.get(older)).toEqual(wasGranted ? { stage: 'forgotten' } : undefined);
    expect([...spool.here]).toEqual([keyOf(attempts[0] as Ticket)]);
  });
});

test('a job of several parts goes on after those that came out, as the printer says after a crash', async () => {
  const { journal, spool } = await holdAll();
  const jobName = keyOf(printing);
  const step = { step: 'sent' as const, jobName, copies: 3, copiesDone: 1 };
  const counts: (number | undefined)[] = [];
  for (const found of [{ copiesDone: 2 }, {}]) {
    const left = new MemoryJournal(journal.id);
    left.putLater(jobName, { ...(journal.entries.get(jobName) as object), step, copiesDone: 1 } as never);
    const device = new ScriptedDevice('office');
    device.onRecover = async () => ({ kind: 'not-sent', ...found });
    device.onPrint = async ({ copiesDone }) => {
      counts.push(copiesDone);
      return { kind: 'completed' };
    };
    spool.here.add(jobName);
    const { ended: reported } = await startRelay({ journal: left, spool, device });
    await reported(printing);
  }

  expect(counts).toEqual([2, 1]);
});

test('an inquiry about a job that is held is answered with its last report', async () => {
  const { relay, device, giveJob, ended: reported, sent, reports } = await startRelay();
  device.onPrint = async ({ progress, ticket: { sequence } }) => {
    if (sequence === 1) return { kind: 'completed' };
    progress({ state: 'processing-stopped', reasons: ['media-empty'] });
    return await never;
  };
  for (const given of [ticket(1), ticket(2)]) await giveJob(given);
  await reported(ticket(1));
  await until(() => reports().length === 2);
  const said = reports().map(again);
  sent.length = 0;

  relay.receive({ type: 'inquire', jobs: [ticket(1), ticket(2)].map(addressOf) });

  expect(sent).toEqual(said);
});
