import { type IppPrinter, startIppPrinter } from '../ipp-printer.ts';
import type { Traps } from '../ipp-printer-traps.ts';
import { Machine } from '../machine.ts';
import { type SocketSink, startSocketSink } from '../socket-sink.ts';

/*
 * One machine with a printer for each fault that people ask about: "Where is my print?"
 */

const long = 10 * 60_000;
const stopped = (reason: string): Traps => ({ stops: { milliseconds: long, reasons: [reason] } });

/** Printers by their device id, each with its fault. */
const printers: Record<string, Traps> = {
  empty: stopped('media-empty-error'),
  open: stopped('cover-open-error'),
  jammed: stopped('media-jam-error'),
  dry: stopped('toner-empty-warning'),
  refusing: { aborts: { reasons: ['document-format-error'], message: 'Version 2.0 of PDF is not known here' } },
  switched: { cancelsAtDevice: true },
};

const text = { base64: Buffer.from('x'.repeat(50_000)).toString('base64') };

/** What was done to the job, and what the service has to say. */
export const seededFaults: [fault: string, job: { printer: string; document: object }, words: RegExp][] = [
  ['the printer is out of paper', { printer: 'office:empty', document: text }, /is out of paper/],
  ['the cover of the printer is open', { printer: 'office:open', document: text }, /has an open cover/],
  ['paper is jammed', { printer: 'office:jammed', document: text }, /has a paper jam/],
  ['the toner is used up', { printer: 'office:dry', document: text }, /is out of toner/],
  ['the printer refuses the document', { printer: 'office:refusing', document: text }, /Version 2\.0 of PDF/],
  ['a person cancels at the printer', { printer: 'office:switched', document: text }, /Cancelled/i],
  ['the printer is switched off', { printer: 'office:off', document: text }, /does not answer/],
  ['the connection breaks while it prints', { printer: 'office:torn', document: text }, /may have printed/i],
  ['the place has no relay', { printer: 'branch:desk', document: text }, /branch has no relay yet/],
  [
    'the host of the document is unknown',
    { printer: 'office:folder', document: { url: 'https://nowhere.invalid/a.pdf' } },
    /host nowhere\.invalid is not known/,
  ],
  [
    'the page is at a private address',
    { printer: 'office:folder', document: { pageUrl: 'http://10.0.0.1/' } },
    /private and may not be fetched|private address/,
  ],
];

export interface FaultySite {
  machine: Machine;
  /** Submits the job of a fault, and returns its id. */
  submit(job: { printer: string; document: object }): Promise<string>;
  close(): Promise<void>;
}

export async function openFaultySite(): Promise<FaultySite> {
  const sink: SocketSink = await startSocketSink({ traps: { resetsAfterOctets: 1000 } });
  const devices = new Map<string, IppPrinter>();
  for (const [name, traps] of Object.entries(printers)) devices.set(name, await startIppPrinter({ traps }));
  const closed = await startIppPrinter();
  await closed.stop();
  const addresses = [
    ...[...devices].map(([name, { uri }]) => `${name}=${uri}`),
    `off=${closed.uri}`,
    `torn=socket://127.0.0.1:${sink.port}`,
  ];
  const machine = await Machine.make(addresses.flatMap(address => ['--printer', address]));
  const call = async (method: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    return await (await machine.call(method, `/platen/v1${path}`, JSON.stringify(body), headers)).json();
  };
  await machine.start();
  await call('PUT', '/locations/branch', {});
  await call('PATCH', '/printers/branch:desk', { active: true });
  return {
    machine,
    async submit(job) {
      const { jobs } = (await call('POST', '/jobs', job)) as { jobs: { id: string }[] };
      return jobs[0]?.id ?? '';
    },
    async close() {
      await machine.remove();
      await Promise.all([sink.stop(), ...[...devices.values()].map(device => device.stop())]);
    },
  };
}
