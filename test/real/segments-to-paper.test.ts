import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SocketSink, startSocketSink } from '../doubles/socket-sink.ts';
import { Machine, until } from '../e2e/machine.ts';
import { expectInOrder, sendShuffled, watchStates } from '../e2e/segments.ts';

describe('a 20 MB PDF in segments, through the whole system, to ippeveprinter and a raw socket', () => {
  const spool = mkdtempSync(join(tmpdir(), 'platen-ippeveprinter-'));
  let printer: ChildProcess;
  let sink: SocketSink;
  let machine: Machine;
  beforeAll(async () => {
    const port = await freePort();
    // without a D-Bus system bus it waits for Avahi, which `-r off` does without
    spawn('dbus-daemon', ['--system', '--fork'], { stdio: 'ignore' }).once('error', () => {});
    const formats = 'application/pdf,application/octet-stream';
    printer = spawn('ippeveprinter', ['-r', 'off', '-p', String(port), '-d', spool, '-k', '-f', formats, 'test'], {
      stdio: 'ignore',
    });
    const missing = new Promise<never>((_, reject) => printer.once('error', reject));
    const uri = `ipp://127.0.0.1:${port}/ipp/print`;
    await Promise.race([missing, until(() => fetch(uri.replace('ipp:', 'http:')).catch(() => undefined))]);
    sink = await startSocketSink();
    machine = await Machine.make(['--printer', `laser=${uri}`, '--printer', `raw=socket://127.0.0.1:${sink.port}`]);
    await machine.start();
  });
  afterAll(async () => {
    await machine?.remove();
    await sink?.stop();
    printer?.kill();
    rmSync(spool, { recursive: true });
  });

  it('comes out byte-identical, once on each, and its state tells the truth in order', async () => {
    const document = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(20_000_000)]);
    const digest = createHash('sha256').update(document).digest('hex');
    const file = await machine.text('GET', '/api/tempfile');
    await sendShuffled(machine, file, deflateSync(document));

    const targets = 'office:laser;office:raw';
    const answer = await machine.text('POST', `/api/submitfile?file=${file}&targets=${targets}&cmp=1&title=big.pdf`);
    const [laserJob = '', rawJob = ''] = answer.split('\n');

    expectInOrder(await watchStates(machine, 'laser', laserJob));
    expectInOrder(await watchStates(machine, 'raw', rawJob));
    const printed = readdirSync(spool).map(name => sha256(readFileSync(join(spool, name))));
    expect(printed).toEqual([digest]);
    expect(sink.connections.map(connection => connection.sha256)).toEqual([digest]);
  });
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}
