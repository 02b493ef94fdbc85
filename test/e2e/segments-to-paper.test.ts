import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IppPrinter, startIppPrinter } from '../../doubles/ipp-printer.ts';
import { Machine } from '../../doubles/machine.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';
import { printInSegments } from './segments.ts';

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

  it('is printed byte-identical, exactly once on each, and its states are reported in order', async () => {
    const { digest, octets, laserJob } = await printInSegments(machine);

    expect(laser.jobs.map(job => job.sha256)).toEqual([digest]);
    expect(raw.connections.map(connection => connection.sha256)).toEqual([digest]);
    const shown = await machine.job('laser', laserJob);
    expect(shown).toMatchObject({ Name: 'big.pdf', Ext: 'pdf', Size: octets, State: 2 });
    for (const time of ['Submitted', 'Received', 'Delivered']) expect(Date.parse(shown[time] as string)).not.toBeNaN();
  });
});
