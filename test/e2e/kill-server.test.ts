import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';

const sample = readFileSync(join(resolve(import.meta.dirname, '../..'), 'examples/sample.pdf'));
const submissions = 200;
const connections = 8;
/** after this many answers */
const killsAfter = [40, 110];

describe('a server that is killed in the middle of 200 submissions', () => {
  let machine: Machine;
  let sink: SocketSink;
  beforeAll(async () => {
    sink = await startSocketSink();
    machine = await Machine.make(['--printer', `raw=socket://127.0.0.1:${sink.port}`]);
    await machine.start();
  });
  afterAll(async () => {
    await machine.remove();
    await sink.stop();
  });

  it('loses no acknowledged job, and prints none twice', async () => {
    const answered = new Map<string, string>();
    let restarting: Promise<unknown> | undefined;
    const kills = [...killsAfter];
    const killWhenDue = async () => {
      if (restarting || answered.size < (kills[0] ?? Number.POSITIVE_INFINITY)) return;
      kills.shift();
      restarting = machine.end('SIGKILL').then(() => machine.start());
      await restarting;
      restarting = undefined;
    };

    const work = Array.from({ length: submissions }, (_, index) => `job ${index}`);
    await Promise.all(
      Array.from({ length: connections }, async () => {
        for (let name = work.shift(); name; name = work.shift()) {
          await restarting;
          // each document differs, so that its sheet can be identified; some are in the database, some are files
          const body = Buffer.concat([sample, Buffer.from(name.padStart(name.length % 2 === 0 ? 200_000 : 0))]);
          const id = await machine
            .text('PUT', `/api/putfile?targets=office:raw&title=${encodeURIComponent(name)}`, body)
            .catch(() => '');
          if (/^[0-9a-f]{32}$/.test(id)) answered.set(name, id);
          await killWhenDue();
        }
      }),
    );

    for (const id of answered.values()) {
      await until(async () => {
        const { State, Reasons } = await machine.job('raw', id);
        return State === 2 || (Reasons as string[]).includes('delivery-unconfirmed');
      });
    }
    const sheets = sink.connections
      .filter(({ isWhole }) => isWhole)
      .map(({ document }) => document.subarray(sample.length).toString().trim());
    expect(answered.size).toBeGreaterThan(submissions / 2);
    expect(new Set(sheets).size).toBe(sheets.length);
    for (const [name, id] of answered) {
      const { State } = await machine.job('raw', id);
      if (State === 2) expect(sheets).toContain(name);
    }
    expect(kills).toEqual([]);
  });
});
