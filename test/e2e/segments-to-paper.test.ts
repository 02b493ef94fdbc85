import { createHash, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IppPrinter, startIppPrinter } from '../doubles/ipp-printer.ts';
import { type SocketSink, startSocketSink } from '../doubles/socket-sink.ts';
import { Machine, until } from './machine.ts';

const segmentOctets = 500_000;

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
    await sendShuffled(file, deflateSync(document));

    const answer = await machine.text(
      'POST',
      `/api/submitfile?file=${file}&targets=office:laser;office:raw&cmp=1&title=big.pdf`,
    );
    const [laserJob = '', rawJob = ''] = answer.split('\n');
    const laserStates = await watch('laser', laserJob);
    const rawStates = await watch('raw', rawJob);

    expect(laserStates).toEqual([0, 1, 2].filter(state => laserStates.includes(state)));
    expect(laserStates.at(-1)).toBe(2);
    expect(rawStates).toEqual([0, 1, 2].filter(state => rawStates.includes(state)));
    expect(laser.jobs.map(job => job.sha256)).toEqual([digest]);
    expect(raw.connections.map(connection => connection.sha256)).toEqual([digest]);
    const told = await machine.job('laser', laserJob);
    expect(told).toMatchObject({ Name: 'big.pdf', Ext: 'pdf', Size: document.length, State: 2 });
    for (const time of ['Submitted', 'Received', 'Delivered']) expect(Date.parse(told[time] as string)).not.toBeNaN();
  });

  async function sendShuffled(file: string, bytes: Buffer): Promise<void> {
    const offsets = Array.from(
      { length: Math.ceil(bytes.length / segmentOctets) },
      (_, index) => index * segmentOctets,
    );
    const repeated = offsets.filter((_, index) => index % 5 === 0);
    const order = [...offsets, ...repeated].map((offset, index) => ({ offset, rank: (index * 7919) % 101 }));
    for (const { offset } of order.toSorted((a, b) => a.rank - b.rank)) {
      const segment = bytes.subarray(offset, offset + segmentOctets);
      const count = await machine.text('PUT', `/api/putsegment?file=${file}&index=${offset}`, segment);
      expect(count).toBe(String(segment.length));
    }
  }

  /** The states that a poll sees, without repeats, until the job is delivered. */
  async function watch(device: string, id: string): Promise<number[]> {
    const seen: number[] = [];
    await until(async () => {
      const { State } = await machine.job(device, id);
      if (seen.at(-1) !== State) seen.push(State);
      return State === 2;
    });
    return seen;
  }
});
