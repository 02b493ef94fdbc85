import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { startIppPrinter } from '../../doubles/ipp-printer.ts';
import { RelaySite, type SiteDocument, until } from '../../doubles/relay-site.ts';
import { residentOctets } from '../../doubles/resident.ts';
import { startSocketSink } from '../../doubles/socket-sink.ts';

/*
 * The relay is to do with a small computer of 512 MB, of which the system needs its share. Takes about a minute on two
 * cores, and 2 GiB of disk space.
 */

const megabytesAtMost = 320;
const minutes = 60_000;
const mebibyte = 1024 * 1024;

/** The most that the process had in memory at once. */
const peakMegabytes = async ({ relay }: RelaySite) => (await residentOctets(relay?.pid ?? 0, 'VmHWM')) / 1e6;

function largeDocument(mebibytes: number): SiteDocument {
  const noise = randomBytes(mebibyte);
  const digest = createHash('sha256');
  for (let written = 0; written < mebibytes; written++) digest.update(noise);
  const pieces = function* () {
    for (let sent = 0; sent < mebibytes; sent++) yield noise;
  };
  return { octets: mebibytes * mebibyte, sha256: digest.digest('hex'), open: () => Readable.from(pieces()) };
}

const printers = { raw: startSocketSink, IPP: startIppPrinter };

test.each(['raw', 'IPP'] as const)('2 GiB for a printer of the kind %s', { timeout: 5 * minutes }, async kind => {
  const site = await RelaySite.start();
  const printer = await printers[kind]({ digestOnly: true });
  onTestFinished(() => printer.stop());
  const document = largeDocument(2048);
  site.startRelay('--printer', `desk=${printer.uri}`);

  const ticket = await site.submit(1, 'desk', document);
  const { state } = await site.endOf(ticket);

  const [printed] = 'jobs' in printer ? printer.jobs : printer.connections;
  expect([state, printed?.octets, printed?.sha256]).toEqual(['completed', document.octets, document.sha256]);
  expect(await peakMegabytes(site)).toBeLessThan(megabytesAtMost);
});

test('a thousand jobs that wait for a printer without paper', { timeout: 5 * minutes }, async () => {
  const site = await RelaySite.start();
  const printer = await startSocketSink({ digestOnly: true, traps: { stopsReading: true } });
  onTestFinished(() => printer.stop());
  site.startRelay('--printer', `desk=${printer.uri}`);
  const document = randomBytes(mebibyte / 16);
  const jobs = 1000;

  for (let number = 1; number <= jobs; number++) await site.submit(number, 'desk', document);
  const held = () => new Set(site.heard.flatMap(message => (message.type === 'acknowledge' ? message.jobId : [])));
  await until(() => held().size === jobs);

  expect(await peakMegabytes(site)).toBeLessThan(megabytesAtMost);
});
