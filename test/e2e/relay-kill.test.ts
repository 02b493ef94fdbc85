import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type IppPrinter, startIppPrinter } from '../../doubles/ipp-printer.ts';
import { RelaySite, until } from '../../doubles/relay-site.ts';
import { type SocketTraps, startSocketSink } from '../../doubles/socket-sink.ts';

const document = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(200_000)]);

const marked = (printer: IppPrinter) => printer.jobs.filter(job => job.marked !== 'nothing');

async function siteWithIpp() {
  const site = await RelaySite.start();
  const printer = await startIppPrinter();
  onTestFinished(() => printer.stop());
  return { site, printer, start: () => site.startRelay('--printer', `office=${printer.uri}`) };
}

describe('a relay that is killed and restarted prints once on an IPP printer', () => {
  test('when it was downloading the document', async () => {
    const { site, printer, start } = await siteWithIpp();
    site.withheld.add('document');
    start();
    const ticket = await site.submit(1, 'office', document);
    await until(() => site.documentsAsked > 0);

    await site.killRelay();
    site.withheld.clear();
    start();

    expect(await site.endOf(ticket)).toMatchObject({ state: 'completed' });
    expect(marked(printer)).toHaveLength(1);
  });

  test('when it had acknowledged and not received the grant', async () => {
    const { site, printer, start } = await siteWithIpp();
    site.withheld.add('granted');
    start();
    const ticket = await site.submit(1, 'office', document);
    await site.heardOf('acknowledge', ticket);

    await site.killRelay();
    const before = marked(printer).length;
    site.withheld.clear();
    start();

    expect(await site.endOf(ticket)).toMatchObject({ state: 'completed' });
    expect(before).toBe(0);
    expect(marked(printer)).toHaveLength(1);
  });

  test('when the job was granted and the printer was off', async () => {
    const { site, printer, start } = await siteWithIpp();
    await printer.refuse();
    start();
    const ticket = await site.submit(1, 'office', document);
    await site.heardOf('report', ticket);

    await site.killRelay();
    await printer.start();
    start();

    expect(site.reportsOf(ticket)[0]).toMatchObject({ state: 'processing-stopped', reasons: ['offline'] });
    expect(await site.endOf(ticket)).toMatchObject({ state: 'completed' });
    expect(marked(printer)).toHaveLength(1);
  });

  test('when it was creating the job on the printer', async () => {
    const { site, printer, start } = await siteWithIpp();
    printer.traps.silent = ['createJob'];
    start();
    const ticket = await site.submit(1, 'office', document);
    await until(() => printer.asked.includes('createJob'));

    await site.killRelay();
    printer.traps.silent = [];
    start();

    expect(await site.endOf(ticket)).toMatchObject({ state: 'completed' });
    expect(marked(printer)).toHaveLength(1);
  });

  test('when it was sending the document, or reports that the outcome is unknown', async () => {
    const { site, printer, start } = await siteWithIpp();
    printer.traps.silent = ['sendDocument'];
    start();
    const ticket = await site.submit(1, 'office', document);
    await until(() => marked(printer).length > 0);

    await site.killRelay();
    printer.traps.silent = [];
    start();
    const end = await site.endOf(ticket);

    expect(end.state === 'completed' || end.reasons.includes('delivery-unconfirmed')).toBe(true);
    expect(marked(printer)).toHaveLength(1);
  });

  test('when the printer was printing', async () => {
    const { site, printer, start } = await siteWithIpp();
    printer.traps.stops = { milliseconds: 1500, reasons: ['media-empty'] };
    start();
    const ticket = await site.submit(1, 'office', document);
    await until(() => site.reportsOf(ticket).some(({ reasons }) => reasons.includes('media-empty')));

    await site.killRelay();
    start();

    expect(await site.endOf(ticket)).toMatchObject({ state: 'completed' });
    expect(marked(printer)).toHaveLength(1);
  });

  test('when it had reported the end and received no confirmation', async () => {
    const { site, printer, start } = await siteWithIpp();
    site.withheld.add('noted');
    start();
    const ticket = await site.submit(1, 'office', document);
    const end = await site.endOf(ticket);

    await site.killRelay();
    site.heard.length = 0;
    start();
    const again = await site.endOf(ticket);

    expect(again).toMatchObject({ state: 'completed', sequence: end.sequence, at: end.at });
    expect(marked(printer)).toHaveLength(1);
  });
});

describe('a relay that is killed while it sends to a raw socket reports an unknown outcome, and sends nothing again', () => {
  test.each<[string, SocketTraps]>([
    ['when the printer stopped reading', { stopsReading: true }],
    ['when the printer had everything and had not closed', { noFin: true }],
  ])('%s', async (_when, traps) => {
    const site = await RelaySite.start();
    const sink = await startSocketSink({ traps });
    onTestFinished(() => sink.stop());
    const start = () => site.startRelay('--printer', `office=${sink.uri}`);
    start();
    const ticket = await site.submit(1, 'office', Buffer.alloc(8_000_000, 'x'));
    const withOctets = () => sink.connections.filter(({ octets }) => octets > 0);
    await until(() => withOctets().some(({ octets, isWhole }) => (traps.noFin ? isWhole : octets > 0)));

    await site.killRelay();
    start();

    expect(await site.endOf(ticket)).toMatchObject({ state: 'processing-stopped', reasons: ['delivery-unconfirmed'] });
    expect(withOctets()).toHaveLength(1);
  });
});

test('a relay that is killed repeatedly prints each of 40 jobs at most once, in order, and reports which', async () => {
  const { site, printer, start } = await siteWithIpp();
  start();
  const tickets = [];
  for (let number = 1; number <= 40; number++) tickets.push(await site.submit(number, 'office', document));

  for (let kills = 0; kills < 8; kills++) {
    const heard = site.heard.length;
    await until(() => site.heard.length > heard);
    await sleep(Math.random() * 50);
    await site.killRelay();
    start();
  }
  const ends = await Promise.all(tickets.map(ticket => site.endOf(ticket)));

  const printed = marked(printer).map(({ name }) => name.slice(0, 32));
  expect(printed).toEqual([...new Set(printed)]);
  expect(printed).toEqual(printed.toSorted());
  for (const [index, end] of ends.entries()) {
    const isPrinted = printed.includes(tickets[index]?.jobId as string);
    expect(end.state === 'completed' ? isPrinted : end.reasons.includes('delivery-unconfirmed')).toBe(true);
  }
});
