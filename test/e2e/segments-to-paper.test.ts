import { createHash, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IppPrinter, startIppPrinter } from '../doubles/ipp-printer.ts';
import { type SocketSink, startSocketSink } from '../doubles/socket-sink.ts';
import { Machine } from './machine.ts';
import { expectInOrder, sendShuffled, watchStates } from './segments.ts';

describe('a 20 MB PDF in shuffled, repeated, compressed segments, to two printers at once', () => {
  let machine: Machine;
  let laser: IppPrinter;
  let raw: SocketSink;
  beforeAll(async () => {
    laser = await startIppPrinter({ printMilliseconds: 300 });
    raw = await startSocketSink();
    machine = await Machine.make([
      '--printer',
      `laser=${laser.uri}`,
      '--printer',
      `raw=socket://127.0.0.1:${raw.port}`,
    ]);
    await machine.start();
  });
  afterAll(async () => {
    await machine.remove();
    await laser.stop();
    await raw.stop();
  });

  it('comes out byte-identical, exactly once on each, and its state tells the truth in order', async () => {
    // noise does not deflate, so that as many octets go over the wire as come out
    const document = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(20_000_000)]);
    const digest = createHash('sha256').update(document).digest('hex');
    const file = await machine.text('GET', '/api/tempfile');
    await sendShuffled(machine, file, deflateSync(document));

    const targets = 'office:laser;office:raw';
    const answer = await machine.text('POST', `/api/submitfile?file=${file}&targets=${targets}&cmp=1&title=big.pdf`);
    const [laserJob = '', rawJob = ''] = answer.split('\n');

    expectInOrder(await watchStates(machine, 'laser', laserJob));
    expectInOrder(await watchStates(machine, 'raw', rawJob));
    expect(laser.jobs.map(job => job.sha256)).toEqual([digest]);
    expect(raw.connections.map(connection => connection.sha256)).toEqual([digest]);
    const told = await machine.job('laser', laserJob);
    expect(told).toMatchObject({ Name: 'big.pdf', Ext: 'pdf', Size: document.length, State: 2 });
    for (const time of ['Submitted', 'Received', 'Delivered']) expect(Date.parse(told[time] as string)).not.toBeNaN();
  });
});
