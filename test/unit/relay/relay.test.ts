import { describe, expect, test } from 'vitest';
import { FetchError } from '../../../relay/fetch-document.ts';
import { keyOf } from '../../../relay/held-job.ts';
import type { DeviceStep, PrintOutcome } from '../../../relay/printers/output-device.ts';
import type { Report } from '../../../shared/protocol/relay-protocol.ts';
import {
  addressOf,
  again,
  MemoryJournal,
  printPlainly,
  ScriptedDevice,
  settle,
  startRelay,
  ticket,
  until,
} from './relay-fixture.ts';

const [one, two, three] = [ticket(1), ticket(2), ticket(3)];
const tickets = (...given: (typeof one)[]) => ({ type: 'tickets' as const, tickets: given, more: false });
const granted = (given: typeof one) => ({ type: 'granted' as const, ...addressOf(given) });
const noted = (given: typeof one) => ({ type: 'noted' as const, ...addressOf(given) });
const forgotten = ({ sequence, state, reasons, message, at }: Report) => ({
  stage: 'forgotten',
  end: { sequence, state, reasons, message, at },
});
const never = new Promise<never>(() => {});

describe('from a ticket to paper', () => {
  test('a granted job is printed and reported completed', async () => {
    const { device, giveJob, ended, reports } = await startRelay();

    await giveJob(one);
    const report = await ended(one);

    expect(device.printed).toEqual([keyOf(one)]);
    expect(report).toMatchObject({ state: 'completed', reasons: ['job-completed-successfully'], at: 1_000 });
    expect(reports().map(({ sequence }) => sequence)).toEqual([1]);
  });

  test('nothing is acknowledged before its document is here and journalled', async () => {
    const { relay, spool, journal, acknowledged } = await startRelay();
    const arrival = Promise.withResolvers<undefined>();
    spool.arrive = () => arrival.promise;

    relay.receive(tickets(one));
    await settle();
    const wasAcknowledged = acknowledged(one);
    arrival.resolve(undefined);
    await until(() => acknowledged(one));

    expect(wasAcknowledged).toBe(false);
    expect(journal.entries.get(keyOf(one))).toMatchObject({ stage: 'spooled' });
  });

  test.each(['journal', 'spool'] as const)('nothing is acknowledged before the %s is on disk', async part => {
    const { relay, spool, journal, acknowledged } = await startRelay();
    const disk = Promise.withResolvers<void>();
    if (part === 'journal') journal.write = () => disk.promise;
    else spool.sync = () => disk.promise;

    relay.receive(tickets(one));
    await settle();
    const wasAcknowledged = acknowledged(one);
    disk.resolve();
    await until(() => acknowledged(one));

    expect(wasAcknowledged).toBe(false);
  });

  test('a device goes on only once its step is on disk', async () => {
    const { journal, device, giveJob } = await startRelay();
    const disk = Promise.withResolvers<void>();
    const steps: string[] = [];
    device.onPrint = async ({ step }) => {
      journal.write = () => disk.promise;
      await step({ step: 'submitting', jobName: 'x' });
      steps.push('submitting');
      return never;
    };

    await giveJob(one);
    await until(() => device.printed.length > 0);
    await settle();
    const before = [...steps];
    disk.resolve();
    await until(() => steps.length > 0);

    expect(before).toEqual([]);
  });

  test('nothing is reported before the report is on disk', async () => {
    const { journal, device, giveJob, reports } = await startRelay();
    const [disk, printed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    device.onPrint = async ({ progress }) => {
      journal.write = () => disk.promise;
      progress({ state: 'processing-stopped', reasons: ['media-empty'] });
      await printed.promise;
      return { kind: 'completed' };
    };

    await giveJob(one);
    await until(() => device.printed.length > 0);
    await settle();
    const inBetween = reports().length;
    printed.resolve();
    await settle();
    const atTheEnd = reports().length;
    disk.resolve();
    await until(() => reports().length === 2);

    expect([inBetween, atTheEnd]).toEqual([0, 0]);
  });

  test('a device is asked at once when a job learns that it has stopped, and that it goes on', async () => {
    const { device, giveJob, ended, changed } = await startRelay();
    const seen: number[] = [];
    device.onPrint = async ({ progress }) => {
      for (const state of ['processing', 'processing-stopped', 'processing'] as const) {
        progress({ state, reasons: state === 'processing' ? ['job-printing'] : ['media-empty'], message: 'news' });
        await settle();
        seen.push(changed.length);
      }
      return { kind: 'completed' };
    };

    await giveJob(one);
    await ended(one);

    expect(seen).toEqual([0, 1, 2]);
    expect(new Set(changed)).toEqual(new Set(['office']));
    expect(changed).toHaveLength(2);
  });

  test('a device is asked at once when a job ends while it has stopped', async () => {
    const { device, giveJob, ended, changed, reports } = await startRelay();
    device.onPrint = async ({ progress }) => {
      progress({ state: 'processing-stopped', reasons: ['media-empty'] });
      await until(() => reports().length > 0);
      return { kind: 'completed' };
    };

    await giveJob(one);
    await ended(one);

    expect(changed).toEqual(['office', 'office']);
  });

  test('the journal holds no presigned address', async () => {
    const { relay, journal, acknowledged } = await startRelay();

    relay.receive(tickets(one));
    await until(() => acknowledged(one));

    expect(JSON.stringify([...journal.entries])).not.toContain('documents.example');
  });

  test('nothing is printed that was not granted', async () => {
    const { relay, device, acknowledged } = await startRelay();

    relay.receive(granted(one));
    relay.receive(tickets(one));
    await until(() => acknowledged(one));
    await settle();

    expect(device.printed).toEqual([]);
  });

  test('a refused job is dropped with its document and leaves nothing behind', async () => {
    const { relay, device, spool, journal, acknowledged } = await startRelay();

    relay.receive(tickets(one));
    await until(() => acknowledged(one));
    relay.receive({ type: 'refused', ...addressOf(one) });
    await settle();

    expect(device.printed).toEqual([]);
    expect(spool.here.size).toBe(0);
    expect(journal.entries.size).toBe(0);
  });

  test('a job that was refused after it was granted is not printed when its ticket and grant come again', async () => {
    const { relay, device, spool, journal, giveJob, sent } = await startRelay();
    device.onPrint = () => never;
    await giveJob(one);
    await giveJob(two);
    await until(() => (journal.entries.get(keyOf(two)) as { stage: string }).stage === 'granted');

    // as clouds of 0.1.0 do, without the number of the ask
    relay.receive({ type: 'refused', ...addressOf(two) });
    await settle();
    relay.receive(tickets(two));
    relay.receive(granted(two));
    await settle();

    expect([...spool.here]).toEqual([keyOf(one)]);
    expect(device.printed).toEqual([keyOf(one)]);
    expect(journal.entries.get(keyOf(two))).toEqual({ stage: 'forgotten' });
    expect(sent.at(-1)).toMatchObject({ type: 'unknown', ...addressOf(two), why: expect.stringContaining('may have') });
  });

  test('a lost grant is asked for again', async () => {
    const { relay, sent } = await startRelay({ repeatAfter: 1 });

    relay.receive(tickets(one));

    await until(() => sent.filter(({ type }) => type === 'acknowledge').length >= 3);
  });

  test('tickets, grants and notes that come twice print once', async () => {
    const { relay, device, giveJob, ended, sent, journal } = await startRelay();

    await giveJob(one);
    const report = await ended(one);
    const acknowledgements = sent.filter(({ type }) => type === 'acknowledge').length;
    for (const message of [tickets(one), granted(one), noted(one), noted(one), tickets(one), granted(one)]) {
      relay.receive(message);
      await settle();
    }

    expect(device.printed).toEqual([keyOf(one)]);
    expect(sent.filter(({ type }) => type === 'acknowledge')).toHaveLength(acknowledgements);
    expect(journal.entries.get(keyOf(one))).toEqual(forgotten(report));
  });

  test('a ticket for no device of ours is aborted', async () => {
    const { relay, ended, acknowledged } = await startRelay();
    const elsewhere = ticket(1, { deviceId: 'elsewhere' });

    relay.receive(tickets(elsewhere));

    expect(await ended(elsewhere)).toMatchObject({ state: 'aborted', reasons: ['aborted-by-system'] });
    expect(acknowledged(elsewhere)).toBe(false);
  });

  test('a ticket with an invalid id is ignored', async () => {
    const { relay, spool, acknowledged } = await startRelay();
    const strange = ticket(1, { jobId: '../../etc/passwd' as typeof one.jobId });

    relay.receive(tickets(strange, two));
    await until(() => acknowledged(two));

    expect(spool.here).toEqual(new Set([keyOf(two)]));
  });

  test('more tickets are asked for although many jobs that ended are not noted yet', async () => {
    const { relay, sent, giveJob, ended, acknowledged } = await startRelay();
    const many = Array.from({ length: 12 }, (_, index) => ticket(index + 1));
    for (const given of many) {
      await giveJob(given);
      await ended(given);
    }
    const last = ticket(13);

    relay.receive({ type: 'tickets', tickets: [last], more: true });
    await until(() => acknowledged(last));
    relay.receive(granted(last));

    expect(sent.filter(({ type }) => type === 'fetch')).toHaveLength(1);
  });

  test('more tickets are asked for once those that came are through', async () => {
    const { relay, sent, acknowledged } = await startRelay();

    relay.receive({ type: 'tickets', tickets: [one, two], more: true });
    await until(() => acknowledged(two));
    const before = sent.filter(({ type }) => type === 'fetch').length;
    relay.receive(granted(one));

    expect(before).toBe(0);
    expect(sent.filter(({ type }) => type === 'fetch')).toHaveLength(1);
  });

  test('an address that ran out is exchanged for the one of the next ticket', async () => {
    const { relay, spool, sent, acknowledged } = await startRelay();
    const seen: string[] = [];
    spool.arrive = async wanted => {
      seen.push(wanted.ticket.url);
      spool.askForTicket(wanted);
      await wanted.pause(1_000_000);
      seen.push(wanted.ticket.url);
      return undefined;
    };

    relay.receive(tickets(one));
    await until(() => sent.some(({ type }) => type === 'fetch'));
    relay.receive(tickets({ ...one, url: 'http://documents.example/new' }));
    await until(() => acknowledged(one));

    expect(seen).toEqual([one.url, 'http://documents.example/new']);
  });
});

describe('the order of a device', () => {
  test('follows sequence numbers, whatever the order of grants', async () => {
    const { relay, device, acknowledged, ended } = await startRelay();

    relay.receive(tickets(three, one, two));
    await until(() => [one, two, three].every(acknowledged));
    for (const given of [three, two, one]) relay.receive(granted(given));
    await ended(three);

    expect(device.printed).toEqual([one, two, three].map(keyOf));
  });

  test('is kept while the document of the first is downloading, also in the journal', async () => {
    const { relay, device, journal, spool, acknowledged, ended } = await startRelay();
    const arrival = Promise.withResolvers<undefined>();
    spool.arrive = async ({ ticket: { sequence } }) => (sequence === 1 ? arrival.promise : undefined);

    relay.receive(tickets(one, two));
    await settle();
    const journalledBefore = [...journal.entries.keys()];
    const acknowledgedBefore = acknowledged(two);
    arrival.resolve(undefined);
    await until(() => acknowledged(one) && acknowledged(two));
    for (const given of [two, one]) relay.receive(granted(given));
    await ended(two);

    expect(journalledBefore).toEqual([]);
    expect(acknowledgedBefore).toBe(false);
    expect(device.printed).toEqual([one, two].map(keyOf));
  });

  test('is one after another', async () => {
    const device = new ScriptedDevice('office');
    let running = 0;
    let most = 0;
    device.onPrint = async request => {
      most = Math.max(most, ++running);
      const outcome = await printPlainly(request);
      running--;
      return outcome;
    };
    const { giveJob, ended } = await startRelay({ device });

    for (const given of [one, two, three]) await giveJob(given);
    await ended(three);

    expect(most).toBe(1);
  });

  test('of one device does not wait for another', async () => {
    const devices = [new ScriptedDevice('office'), new ScriptedDevice('stores')];
    (devices[0] as ScriptedDevice).onPrint = () => never;
    const { giveJob, ended } = await startRelay({ devices });
    const elsewhere = ticket(2, { deviceId: 'stores' });

    await giveJob(one);
    await giveJob(elsewhere);

    expect(await ended(elsewhere)).toMatchObject({ state: 'completed' });
  });

  test('goes on when a document never comes: that job is aborted', async () => {
    const { relay, device, spool, ended, acknowledged } = await startRelay();
    spool.arrive = async ({ ticket: { sequence } }) =>
      sequence === 1 ? new FetchError('wrong-document', 'its digest differs') : undefined;

    relay.receive(tickets(one, two));
    const report = await ended(one);
    await until(() => acknowledged(two));
    relay.receive(granted(two));
    await ended(two);

    expect(report).toMatchObject({
      state: 'aborted',
      reasons: ['document-access-error'],
      message: 'its digest differs',
    });
    expect(acknowledged(one)).toBe(false);
    expect(device.printed).toEqual([keyOf(two)]);
  });
});

describe('a report of the printer', () => {
  const outcomes: [PrintOutcome, object][] = [
    [
      { kind: 'completed', message: 'fine' },
      { state: 'completed', message: 'fine' },
    ],
    [{ kind: 'canceled' }, { state: 'canceled', reasons: ['job-canceled-by-user'] }],
    [
      { kind: 'aborted', reasons: ['document-format-error'], message: 'no' },
      { state: 'aborted', reasons: ['document-format-error'], message: 'no' },
    ],
    [
      { kind: 'unconfirmed', message: 'gone' },
      { state: 'processing-stopped', reasons: ['delivery-unconfirmed'], message: 'gone' },
    ],
  ];

  test.each(outcomes)('is reported as it is: %j', async (outcome, expected) => {
    const { device, giveJob, ended } = await startRelay();
    device.onPrint = async () => outcome;

    await giveJob(one);

    expect(await ended(one)).toMatchObject(expected);
  });

  test('an unconfirmed job does not hold up the next', async () => {
    const { device, giveJob, ended } = await startRelay();
    device.onPrint = async request =>
      request.ticket.sequence === 1 ? { kind: 'unconfirmed', message: 'gone' } : printPlainly(request);

    await giveJob(one);
    await giveJob(two);

    expect(await ended(two)).toMatchObject({ state: 'completed' });
  });

  test('a busy printer is tried again, with its reasons reported and the order kept', async () => {
    const { device, giveJob, ended, reports } = await startRelay();
    let busy = 3;
    device.onPrint = async request =>
      busy-- > 0
        ? { kind: 'retry', reasons: ['printer-stopped', 'media-empty'], message: 'no paper' }
        : printPlainly(request);

    await giveJob(one);
    await giveJob(two);
    await ended(two);

    expect(device.printed).toEqual([one, one, one, one, two].map(keyOf));
    expect(reports()[0]).toMatchObject({
      state: 'processing-stopped',
      reasons: ['printer-stopped', 'media-empty'],
      message: 'no paper',
    });
    // three times the same is one report
    expect(reports().map(({ sequence }) => sequence)).toEqual([1, 2, 1]);
  });

  test('progress is reported with rising numbers that are journalled before', async () => {
    const { device, journal, giveJob, reports } = await startRelay();
    device.onPrint = async ({ progress }) => {
      progress({ state: 'processing', reasons: ['job-printing', 'toner-low'] });
      progress({ state: 'processing', reasons: ['job-printing', 'toner-low'] });
      progress({ state: 'processing-stopped', reasons: ['printer-stopped', 'media-jam'] });
      return never;
    };

    await giveJob(one);
    await until(() => reports().length === 2);

    expect(reports().map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(journal.entries.get(keyOf(one))).toMatchObject({ report: { sequence: 2 } });
  });

  const printing = { state: 'processing' as const, reasons: ['job-printing'] };
  const jammed = { state: 'processing-stopped' as const, reasons: ['printer-stopped', 'media-jam'] };

  test('job-printing is reported if printing takes a while', async () => {
    const { device, giveJob, reports } = await startRelay({ holdBack: 0 });
    device.onPrint = async ({ progress }) => {
      progress({ state: 'processing', reasons: ['queued-in-device'] });
      progress(printing);
      return never;
    };

    await giveJob(one);
    await until(() => reports().length > 0);
    await settle();

    expect(reports()).toMatchObject([{ ...printing, sequence: 1 }]);
  });

  test('job-printing is dropped, without a number, if another report follows first', async () => {
    const { device, giveJob, reports } = await startRelay();
    device.onPrint = async ({ progress }) => {
      progress(printing);
      progress(jammed);
      progress(printing);
      progress(jammed);
      return never;
    };

    await giveJob(one);
    await until(() => reports().length > 0);
    await settle();

    expect(reports()).toMatchObject([{ ...jammed, sequence: 1 }]);
  });

  test('job-printing is reported when it goes on after another report', async () => {
    const { device, giveJob, reports } = await startRelay({ holdBack: 0 });
    device.onPrint = async ({ progress }) => {
      progress(printing);
      progress(jammed);
      await until(() => reports().length === 1);
      progress(printing);
      return never;
    };

    await giveJob(one);
    await until(() => reports().length === 2);

    expect(reports()).toMatchObject([jammed, printing]);
  });

  test('is said again on each connect while the job is open', async () => {
    const { relay, device, giveJob, reports, sent } = await startRelay();
    device.onPrint = async ({ progress }) => {
      progress(jammed);
      return never;
    };
    await giveJob(one);
    await until(() => reports().length === 1);

    sent.length = 0;
    relay.connected();
    await settle();

    expect(reports()).toMatchObject([{ ...jammed, sequence: 1 }]);
  });

  test('job-printing with further reasons is reported immediately', async () => {
    const { device, giveJob, reports } = await startRelay();
    device.onPrint = async ({ progress }) => {
      progress({ ...printing, message: 'page 2 of 9' });
      return never;
    };

    await giveJob(one);
    await until(() => reports().length > 0);

    expect(reports()).toMatchObject([{ message: 'page 2 of 9' }]);
  });

  test('job-printing is not reported after the end', async () => {
    const { device, giveJob, ended, reports } = await startRelay({ holdBack: 0 });
    device.onPrint = async ({ progress }) => {
      progress(printing);
      return { kind: 'completed' };
    };

    await giveJob(one);
    await ended(one);
    await new Promise(resolve => setTimeout(resolve, 5));

    expect(reports().map(({ state }) => state)).toEqual(['completed']);
  });

  test('a defect before the first step aborts the job, one after it leaves it unconfirmed', async () => {
    const { device, giveJob, ended } = await startRelay();
    device.onPrint = async ({ ticket: { sequence }, step }) => {
      if (sequence === 2) await step({ step: 'submitting', jobName: 'x' });
      throw new Error('defect');
    };

    await giveJob(one);
    await giveJob(two);

    expect(await ended(one)).toMatchObject({ state: 'aborted' });
    expect(await ended(two)).toMatchObject({ reasons: ['delivery-unconfirmed'] });
  });
});

describe('a final report', () => {
  test('is repeated until it is noted, and not after', async () => {
    const { relay, giveJob, ended, reports } = await startRelay({ repeatAfter: 1 });

    await giveJob(one);
    const report = await ended(one);
    await until(() => reports().filter(({ sequence }) => sequence === report.sequence).length >= 3);
    relay.receive(noted(one));
    await settle();
    const count = reports().length;
    await new Promise(resolve => setTimeout(resolve, 20));

    expect(reports()).toHaveLength(count);
  });

  test('leaves no document behind after a crash', async () => {
    const { giveJob, ended, journal, spool } = await startRelay();
    await giveJob(one);
    await ended(one);
    // as if the process had been killed before it removed the document
    spool.here.add(keyOf(one));

    const { reports } = await startRelay({ journal, spool });

    expect(spool.here).toEqual(new Set());
    expect(reports()).toMatchObject([{ state: 'completed' }]);
  });

  test('is repeated on each connect', async () => {
    const { relay, giveJob, ended, sent } = await startRelay();
    await giveJob(one);
    const report = await ended(one);

    sent.length = 0;
    relay.connected();
    await until(() => sent.length >= 2);

    expect(sent).toEqual([{ type: 'fetch', instance: 'one-start', holds: [] }, again(report)]);
  });

  test('can wait at first, and asks for an answer when it is repeated', async () => {
    const { giveJob, ended, reports } = await startRelay({ repeatAfter: 1 });

    await giveJob(one);
    const report = await ended(one);
    await until(() => reports().length >= 3);

    expect(reports().slice(0, 3)).toEqual([{ ...again(report), canWait: true }, again(report), again(report)]);
  });

  test('goes along with the next acknowledgement, once, and is noted in its answer', async () => {
    const { relay, device, giveJob, ended, sent, journal } = await startRelay();
    const carried = () => sent.flatMap(message => (message.type === 'acknowledge' ? [message.reports] : []));
    await giveJob(one);
    const report = await ended(one);
    device.onPrint = () => never;

    await giveJob(two);
    await giveJob(three);
    const before = journal.entries.get(keyOf(one));
    relay.receive({ ...granted(two), noted: [addressOf(one), addressOf(three)] });

    expect(carried()).toEqual([undefined, [again(report)], undefined]);
    expect(before).toMatchObject({ stage: 'ended' });
    expect(journal.entries.get(keyOf(one))).toEqual(forgotten(report));
    expect(journal.entries.get(keyOf(three))).not.toMatchObject({ stage: 'forgotten' });
  });

  test('is noted in a refusal too', async () => {
    const { relay, giveJob, ended, acknowledged, journal } = await startRelay();
    await giveJob(one);
    const report = await ended(one);
    relay.receive(tickets(two));
    await until(() => acknowledged(two));

    relay.receive({ type: 'refused', ...addressOf(two), noted: [addressOf(one)] });
    await settle();

    expect([...journal.entries]).toEqual([[keyOf(one), forgotten(report)]]);
  });

  test('goes along again when the acknowledgement is repeated', async () => {
    const { relay, giveJob, ended, sent } = await startRelay({ repeatAfter: 1 });
    await giveJob(one);
    const report = await ended(one);
    const ofTwo = () => sent.filter(message => message.type === 'acknowledge' && message.jobId === two.jobId);

    relay.receive(tickets(two));
    await until(() => ofTwo().length >= 2);

    expect(ofTwo().slice(0, 2)).toMatchObject([{ reports: [again(report)] }, { reports: [again(report)] }]);
  });

  test('goes along with nine others at most', async () => {
    const first = await startRelay();
    for (let number = 1; number <= 13; number++) {
      await first.giveJob(ticket(number));
      await first.ended(ticket(number));
    }
    const { giveJob, ended, sent } = await startRelay({ journal: first.journal, spool: first.spool });
    sent.length = 0;

    await giveJob(ticket(14));
    await ended(ticket(14));
    await giveJob(ticket(15));

    const carried = sent.flatMap(message => (message.type === 'acknowledge' ? [message.reports?.length] : []));
    expect(carried).toEqual([10, 4]);
  });

  test('is said again from the journal when the cloud asks after it was noted', async () => {
    const { relay, giveJob, ended, sent } = await startRelay();
    await giveJob(one);
    const report = await ended(one);
    relay.receive(noted(one));

    sent.length = 0;
    relay.receive({ type: 'inquire', jobs: [addressOf(one)] });

    expect(sent).toEqual([again(report)]);
  });

  test('is kept of 20,000 jobs, the newest', async () => {
    const journal = new MemoryJournal();
    const older = Array.from({ length: 20_000 }, (_, index) => ticket(100 + index));
    for (const each of older) journal.putLater(keyOf(each), { stage: 'forgotten' });
    const { relay, giveJob, ended } = await startRelay({ journal });

    for (const given of [one, two]) {
      await giveJob(given);
      await ended(given);
      relay.receive(noted(given));
    }
    await settle();

    expect(journal.entries.size).toBe(20_000);
    expect([...journal.entries.keys()].slice(-2)).toEqual([one, two].map(keyOf));
  });

  test('lets the document go', async () => {
    const { spool, giveJob, ended } = await startRelay();

    await giveJob(one);
    await ended(one);
    await settle();

    expect(spool.here.size).toBe(0);
  });
});

describe('a cancel', () => {
  const cancel = { type: 'cancel' as const, ...addressOf(one) };

  test('drops a job whose turn has not come', async () => {
    const { relay, device, giveJob, ended, spool } = await startRelay();
    device.onPrint = () => never;
    await giveJob(ticket(0, { sequence: 0 }));
    await giveJob(one);

    relay.receive(cancel);

    expect(await ended(one)).toMatchObject({ state: 'canceled', reasons: ['job-canceled-by-user'] });
    await settle();
    expect(device.printed).not.toContain(keyOf(one));
    expect(spool.here).not.toContain(keyOf(one));
  });

  test('cancels at the printer while it prints, and reports the outcome', async () => {
    const { relay, device, giveJob, ended } = await startRelay();
    device.onPrint = async ({ signal }) => {
      await new Promise(resolve => signal.addEventListener('abort', resolve));
      return { kind: 'completed', message: 'too late' };
    };
    await giveJob(one);
    await until(() => device.printed.length > 0);

    relay.receive(cancel);

    expect(await ended(one)).toMatchObject({ state: 'completed', message: 'too late' });
  });

  test('ends the wait for a busy printer', async () => {
    const { relay, device, giveJob, ended, reports } = await startRelay();
    device.onPrint = async () => ({ kind: 'retry', reasons: ['offline'], message: 'off' });
    await giveJob(one);
    await until(() => reports().length > 0);

    relay.receive(cancel);

    expect(await ended(one)).toMatchObject({ state: 'canceled' });
  });

  test('drops a job whose document is on its way', async () => {
    const { relay, spool, ended, reports } = await startRelay();
    spool.arrive = () => never;
    relay.receive(tickets(one));

    relay.receive(cancel);

    expect(await ended(one)).toMatchObject({ state: 'canceled' });
    await settle();
    expect(reports()).toHaveLength(1);
    expect(spool.removed).toEqual([keyOf(one)]);
  });

  test('of an ended job brings its report again', async () => {
    const { relay, giveJob, ended, sent } = await startRelay();
    await giveJob(one);
    const report = await ended(one);

    sent.length = 0;
    relay.receive(cancel);

    expect(sent).toEqual([again(report)]);
  });

  test('of a job that a silent printer may have is not called canceled before the printer has said so', async () => {
    const first = await startRelay();
    first.device.onPrint = async ({ step }) => {
      await step({ step: 'created', jobName: 'x' });
      return never;
    };
    await first.giveJob(one);
    await until(() => (first.journal.entries.get(keyOf(one)) as { step?: DeviceStep }).step);
    const device = new ScriptedDevice('office');
    let silent = 5;
    device.onRecover = async () =>
      silent-- > 0 ? { kind: 'retry', reasons: ['offline'], message: 'off' } : { kind: 'completed' };

    const second = await startRelay({ journal: first.journal, spool: first.spool, device });
    second.relay.receive(cancel);

    expect(await second.ended(one)).toMatchObject({ state: 'completed' });
  });
});

describe('a new attempt', () => {
  const newer = ticket(1, { attempt: 2, possibleDuplicate: true });

  test('replaces one that waits', async () => {
    const { relay, device, giveJob, ended, reports } = await startRelay();
    const blocker = Promise.withResolvers<PrintOutcome>();
    device.onPrint = request => (request.ticket.sequence === 0 ? blocker.promise : printPlainly(request));
    await giveJob(ticket(0, { sequence: 0 }));
    await giveJob(one);

    relay.receive(tickets(newer));
    await settle();
    relay.receive(granted(newer));
    relay.receive(granted(one));
    blocker.resolve({ kind: 'completed' });
    await ended(newer);

    expect(device.printed).toEqual([keyOf({ ...one, jobId: ticket(0).jobId }), keyOf(newer)]);
    expect(reports().some(({ jobId, attempt }) => jobId === one.jobId && attempt === 1)).toBe(false);
  });

  test('waits for the end of one that prints', async () => {
    const { relay, device, giveJob, ended, sent } = await startRelay();
    const events: string[] = [];
    device.onPrint = async ({ ticket: { attempt }, signal }) => {
      events.push(`begin ${attempt}`);
      if (attempt === 1) await new Promise(resolve => signal.addEventListener('abort', resolve));
      events.push(`end ${attempt}`);
      return { kind: 'completed' };
    };
    await giveJob(one);
    await until(() => events.length === 1);

    relay.receive(tickets(newer));
    await until(() => sent.some(message => message.type === 'acknowledge' && message.attempt === 2));
    relay.receive(granted(newer));
    await ended(newer);

    expect(events).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  test('makes the older one unknown', async () => {
    const { relay, device, giveJob, ended } = await startRelay();
    await giveJob(one);
    await ended(one);
    relay.receive(tickets(newer));
    await settle();

    relay.receive(tickets(one));
    relay.receive(granted(one));
    await settle();

    expect(device.printed).toEqual([keyOf(one)]);
  });
});

describe('after a crash', () => {
  const steps: DeviceStep['step'][] = ['submitting', 'created', 'sent'];

  /** A relay that was killed when the device had reached a step of job one, with job two waiting behind. */
  async function crashedAt(step: DeviceStep['step']) {
    const first = await startRelay();
    first.device.onPrint = async request => {
      for (const each of steps.slice(0, steps.indexOf(step) + 1)) await request.step({ step: each, jobName: 'x' });
      return never;
    };
    await first.giveJob(one);
    await first.giveJob(two);
    await until(() => (first.journal.entries.get(keyOf(one)) as { step?: DeviceStep }).step?.step === step);
    await until(() => (first.journal.entries.get(keyOf(two)) as { stage: string }).stage === 'granted');
    return { journal: first.journal, spool: first.spool };
  }

  test.each(steps)('a job at step %s is asked for at the printer before anything newer is printed', async step => {
    const left = await crashedAt(step);
    const device = new ScriptedDevice('office');
    device.onRecover = async ({ ticket: { jobId } }) => {
      expect(device.printed).toEqual([]);
      return { kind: jobId === one.jobId ? 'completed' : 'not-sent' };
    };

    const { ended } = await startRelay({ ...left, device });
    await ended(two);

    expect(device.recovered).toEqual([`${keyOf(one)} ${step}`, `${keyOf(two)} submitting`]);
    expect(device.printed).toEqual([keyOf(two)]);
  });

  test('a job that was not sent is printed', async () => {
    const left = await crashedAt('submitting');
    const device = new ScriptedDevice('office');
    device.onRecover = async () => ({ kind: 'not-sent' });

    const { ended } = await startRelay({ ...left, device });
    await ended(two);

    expect(device.printed).toEqual([one, two].map(keyOf));
  });

  test('a job with an unknown outcome is unconfirmed, and not printed', async () => {
    const left = await crashedAt('created');
    const device = new ScriptedDevice('office');
    device.onRecover = async ({ ticket: { jobId } }) =>
      jobId === one.jobId ? { kind: 'unconfirmed', message: 'who knows' } : { kind: 'not-sent' };

    const { ended } = await startRelay({ ...left, device });

    expect(await ended(one)).toMatchObject({ reasons: ['delivery-unconfirmed'] });
    await ended(two);
    expect(device.printed).toEqual([keyOf(two)]);
  });

  test('a printer that cannot be asked is asked again', async () => {
    const left = await crashedAt('created');
    const device = new ScriptedDevice('office');
    let silent = 3;
    device.onRecover = async () =>
      silent-- > 0 ? { kind: 'retry', reasons: ['offline'], message: 'off' } : { kind: 'completed' };

    const { ended, reports } = await startRelay({ ...left, device });
    await ended(one);

    expect(device.recovered.filter(asked => asked.startsWith(keyOf(one)))).toHaveLength(4);
    expect(reports()[0]).toMatchObject({ state: 'processing-stopped', reasons: ['offline'] });
  });

  test('report numbers go on from where they were', async () => {
    const first = await startRelay({ holdBack: 0 });
    first.device.onPrint = async ({ step, progress }) => {
      await step({ step: 'created', jobName: 'x' });
      progress({ state: 'processing', reasons: ['job-printing'] });
      return never;
    };
    await first.giveJob(one);
    await until(() => first.reports().length === 1);

    const second = await startRelay({ journal: first.journal, spool: first.spool });

    expect(await second.ended(one)).toMatchObject({ sequence: 2 });
  });

  test('a spooled job is acknowledged again', async () => {
    const first = await startRelay();
    first.relay.receive(tickets(one));
    await until(() => first.acknowledged(one));

    const second = await startRelay({ journal: first.journal, spool: first.spool });
    await until(() => second.acknowledged(one));
    second.relay.receive(granted(one));
    await second.ended(one);

    expect(second.device.printed).toEqual([keyOf(one)]);
  });

  test('a spooled job whose document is not whole is left to the cloud', async () => {
    const first = await startRelay();
    first.relay.receive(tickets(one));
    await until(() => first.acknowledged(one));
    first.spool.here.clear();

    const second = await startRelay({ journal: first.journal, spool: first.spool });

    expect(second.acknowledged(one)).toBe(false);
    expect(first.journal.entries.size).toBe(0);
  });

  test('a granted job whose document is gone is aborted', async () => {
    const left = await crashedAt('submitting');
    left.spool.here.clear();

    const { ended } = await startRelay(left);

    expect(await ended(two)).toMatchObject({ state: 'aborted', reasons: ['document-access-error'] });
  });

  test('a job whose device was removed is unconfirmed if the device may have it, else aborted', async () => {
    const left = await crashedAt('created');

    const { ended } = await startRelay({ ...left, device: new ScriptedDevice('other') });

    expect(await ended(one)).toMatchObject({ reasons: ['delivery-unconfirmed'] });
    expect(await ended(two)).toMatchObject({ state: 'aborted' });
  });

  test('a final report that was not noted is said again', async () => {
    const first = await startRelay();
    await first.giveJob(one);
    const report = await first.ended(one);

    const second = await startRelay({ journal: first.journal, spool: first.spool });

    expect(second.sent).toEqual([report]);
  });

  test('a confirmed job is not printed again, whatever is repeated', async () => {
    const first = await startRelay();
    await first.giveJob(one);
    const report = await first.ended(one);
    first.relay.receive(noted(one));

    const second = await startRelay({ journal: first.journal, spool: first.spool });
    second.relay.receive(tickets(one));
    second.relay.receive(granted(one));
    await settle();

    expect(second.device.printed).toEqual([]);
    expect(second.sent).toEqual([again(report)]);
  });
});

test('a stopping relay finishes the current job, and begins no other', async () => {
  const { relay, device, giveJob } = await startRelay();
  const end = Promise.withResolvers<PrintOutcome>();
  device.onPrint = () => end.promise;
  await giveJob(one);
  await giveJob(two);

  const stopping = relay.stop();
  end.resolve({ kind: 'completed' });
  await stopping;

  expect(device.printed).toEqual([keyOf(one)]);
});

describe('a job that its printer holds', () => {
  test('lets later ones pass, and is followed to its end', async () => {
    const release = Promise.withResolvers<PrintOutcome>();
    const { device, giveJob, ended, reports } = await startRelay();
    device.onPrint = async request => {
      if (request.ticket.sequence !== 1) return await printPlainly(request);
      await request.step({ step: 'sent', jobName: 'x' });
      request.letOthersPass?.();
      return await release.promise;
    };

    await giveJob(one);
    await giveJob(two);
    await ended(two);
    const endedBefore = reports().some(({ jobId, state }) => jobId === one.jobId && state === 'completed');
    release.resolve({ kind: 'completed' });

    expect(endedBefore).toBe(false);
    expect(await ended(one)).toMatchObject({ state: 'completed' });
  });

  test('lets one pass that has permission already', async () => {
    const [hold, release] = [Promise.withResolvers<void>(), Promise.withResolvers<PrintOutcome>()];
    const { device, giveJob, ended } = await startRelay();
    device.onPrint = async request => {
      if (request.ticket.sequence !== 1) return await printPlainly(request);
      await hold.promise;
      request.letOthersPass?.();
      return await release.promise;
    };
    await giveJob(one);
    await until(() => device.printed.length > 0);
    await giveJob(two);
    await settle();

    hold.resolve();

    expect(await ended(two)).toMatchObject({ state: 'completed' });
    release.resolve({ kind: 'completed' });
    await ended(one);
  });

  test('takes its turn again when the printer gives it back', async () => {
    const { device, giveJob, ended } = await startRelay();
    let isFirst = true;
    device.onPrint = async request => {
      if (request.ticket.sequence !== 1 || !isFirst) return await printPlainly(request);
      isFirst = false;
      request.letOthersPass?.();
      await settle();
      return { kind: 'retry', reasons: ['server-error-job-canceled'], message: 'timed out' };
    };

    await giveJob(one);
    await giveJob(two);

    expect(await ended(one)).toMatchObject({ state: 'completed' });
    expect(await ended(two)).toMatchObject({ state: 'completed' });
    expect(device.printed.filter(key => key === keyOf(one))).toHaveLength(2);
  });

  test('is canceled meanwhile at its printer, which says what became of it', async () => {
    const { relay, device, giveJob, ended, reports } = await startRelay();
    device.onPrint = async request => {
      request.letOthersPass?.();
      await new Promise(resolve => request.signal.addEventListener('abort', resolve));
      return { kind: 'completed', message: 'too late' };
    };
    await giveJob(one);
    await until(() => device.printed.length > 0);

    relay.receive({ type: 'refused', ...addressOf(one), ask: 1 });
    relay.receive({ type: 'cancel', ...addressOf(one) });
    await ended(one);
    await settle();

    expect(reports()).toMatchObject([{ state: 'completed', message: 'too late' }]);
  });
});

describe('a relay that is asked to identify a printer', () => {
  test('asks that printer alone, and goes on when it fails or cannot', async () => {
    const asked: string[] = [];
    const devices = ['one', 'two', 'raw'].map(name => new ScriptedDevice(name));
    for (const device of devices.slice(0, 2)) {
      Object.assign(device, {
        async identify() {
          asked.push(device.deviceId);
          throw new Error('It has no light.');
        },
      });
    }
    const { relay, giveJob, ended } = await startRelay({ devices });

    for (const deviceId of ['two', 'raw', 'unknown']) relay.receive({ type: 'identify', deviceId });

    expect(asked).toEqual(['two']);
    const given = ticket(1, { deviceId: 'two' });
    await giveJob(given);
    expect(await ended(given)).toMatchObject({ state: 'completed' });
  });
});
