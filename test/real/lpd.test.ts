import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type DebianPrinter, startCups } from '../../doubles/debian-printers.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';
import { openOutputDevice } from '../../relay/printers/index.ts';
import { type Printing, preparePrinting } from '../unit/relay/printers/printing.ts';

let sink: SocketSink;
let cups: DebianPrinter;
let printing: Printing;
let lpd: net.Server;
let uri = '';

/** CUPS's daemon for LPD, which speaks on standard input and output: as inetd starts it. */
beforeEach(async () => {
  sink = await startSocketSink();
  cups = await startCups(sink.uri);
  const { host } = new URL(cups.uri);
  lpd = net.createServer(socket => {
    const daemon = spawn('/usr/lib/cups/daemon/cups-lpd', [], { env: { ...process.env, CUPS_SERVER: host } });
    socket.on('error', () => daemon.kill());
    socket.pipe(daemon.stdin);
    daemon.stdout.pipe(socket);
  });
  lpd.listen(0, '127.0.0.1');
  await once(lpd, 'listening');
  uri = `lpd://127.0.0.1:${(lpd.address() as AddressInfo).port}/raw`;
});
afterEach(async () => {
  lpd.close();
  await cups.stop();
  await sink.stop();
  await printing.remove();
});

it('CUPS takes a document by LPD and prints it unchanged, once for each copy', async () => {
  printing = await preparePrinting(3_000_000, { template: { copies: 2 } });

  const outcome = await printing.print(openOutputDevice('d1', uri));
  await vi.waitFor(() => expect(sink.connections.filter(({ isWhole }) => isWhole)).toHaveLength(2), 30_000);

  expect(outcome).toEqual({ kind: 'completed' });
  expect(sink.connections.map(({ sha256 }) => sha256)).toEqual([printing.ticket.sha256, printing.ticket.sha256]);
});

it('CUPS refuses a queue that it does not have', async () => {
  printing = await preparePrinting(10);

  const outcome = await printing.print(openOutputDevice('d1', uri.replace('/raw', '/none')));

  expect(outcome).toMatchObject({ kind: 'retry', reasons: ['printer-refuses-requests'] });
});
