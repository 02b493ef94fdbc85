import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type IppPrinter, startIppPrinter } from '../../../../doubles/ipp-printer.ts';
import { CertificatePins } from '../../../../relay/ipp-client/certificate-pins.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import { hurried, type Printing, preparePrinting } from './printing.ts';
import { selfSigned } from './self-signed.ts';

let printer: IppPrinter;
let printing: Printing;
afterEach(async () => {
  await printer.stop();
  await printing.remove();
});

async function prepare(): Promise<string> {
  printing = await preparePrinting(20_000);
  printer = await startIppPrinter({ tls: await selfSigned() });
  return join(printing.folder, 'pins.json');
}

/** The printer again, or another machine in its place, with a certificate of its own. */
async function replacePrinter(options: { port?: number } = { port: printer.port }): Promise<void> {
  const { uuid } = printer;
  await printer.stop();
  printer = await startIppPrinter({ ...options, uuid, tls: await selfSigned() });
}

const device = (pins: CertificatePins, query = '') =>
  openOutputDevice('d1', `${printer.uri}${query}`, { ...hurried, pins });
const authority = () => `127.0.0.1:${printer.port}`;

it('a certificate is taken in at first sight, and the same one is accepted after a restart', async () => {
  const path = await prepare();

  await printing.print(device(new CertificatePins(path)));
  const outcome = await printing.print(device(new CertificatePins(path)));

  expect(outcome).toEqual({ kind: 'completed' });
});

it('another certificate at the same address gets no document, and is named', async () => {
  const path = await prepare();
  await printing.print(device(new CertificatePins(path)));
  await replacePrinter();

  const opened = device(new CertificatePins(path));
  const outcome = await printing.print(opened);

  expect(outcome).toMatchObject({
    kind: 'retry',
    reasons: ['printer-certificate-changed'],
    message: expect.stringContaining('platen-relay printers trust NAME'),
  });
  expect(printer.jobs).toEqual([]);
  expect(await opened.describe(printing.controller.signal)).toMatchObject({
    state: 'unknown',
    stateReasons: ['printer-certificate-changed'],
  });
});

it('what a person trusts in another process is accepted at once', async () => {
  const path = await prepare();
  const pins = new CertificatePins(path);
  await printing.print(device(pins));
  await replacePrinter();
  await printing.print(device(pins));

  new CertificatePins(path).trust(authority());

  expect(await printing.print(device(pins))).toEqual({ kind: 'completed' });
});

it('a printer that moved to another address must show the certificate of before', async () => {
  const path = await prepare();
  const pins = new CertificatePins(path);
  await printing.print(device(pins));
  await replacePrinter({});

  expect(await printing.print(device(pins))).toMatchObject({ reasons: ['printer-certificate-changed'] });
  expect(await printing.print(device(pins))).toMatchObject({ reasons: ['printer-certificate-changed'] });
});

it('with ?certificate=any every certificate is accepted', async () => {
  const pins = new CertificatePins(await prepare());
  await printing.print(device(pins, '?certificate=any'));
  await replacePrinter();

  expect(await printing.print(device(pins, '?certificate=any'))).toEqual({ kind: 'completed' });
});

it('with ?certificate=strict a certificate that the printer made itself is refused', async () => {
  await prepare();

  expect(await printing.print(device(new CertificatePins(), '?certificate=strict'))).toMatchObject({
    kind: 'retry',
    reasons: ['printer-certificate-untrusted'],
  });
});
