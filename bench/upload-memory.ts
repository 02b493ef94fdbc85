import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Machine } from '../doubles/machine.ts';
import { windowOctets } from '../shared/core/domain/upload-session.ts';
import { forgetPeak, residentOctets } from './resident.ts';
import { table } from './statistics.ts';
import { type Contender, direct, measure, segments } from './upload-roads.ts';

/*
 * What the server's process has in memory at most while many upload at once, above what it has when nobody does. Each
 * road on a server of its own, which has done nothing before. `PLATEN_BENCH_UPLOAD_MIB` says how much each client sends;
 * the disk has to hold it all.
 */

const clients = 20;
const usualMebibytes = 128;

export async function uploadMemory(): Promise<void> {
  const mebibytes = Number(process.env.PLATEN_BENCH_UPLOAD_MIB ?? usualMebibytes);
  const rows = [await peakOf(segments, 512 * 1000, mebibytes), await peakOf(direct, windowOctets, mebibytes)];
  console.log(`\n${clients} clients, ${mebibytes} MiB each\n`);
  console.log(table(['', 'chunk kB', 'MB/s', 'idle MB', 'peak MB above idle'], rows));
}

async function peakOf(road: typeof segments, chunk: number, mebibytes: number): Promise<(string | number)[]> {
  const machine = await Machine.make();
  try {
    const { endpoint, key } = await machine.start();
    const ours: Contender = road({ origin: endpoint, authorization: `Bearer ${key}`, pid: machine.pid });
    await sleep(1000);
    const idle = await residentOctets(machine.pid, 'VmRSS');
    await forgetPeak(machine.pid);
    const rate = await measure(ours, randomBytes(mebibytes * 2 ** 20), chunk, clients);
    const peak = await residentOctets(machine.pid, 'VmHWM');
    return [ours.name, String(chunk / 1000), rate, idle / 1e6, (peak - idle) / 1e6];
  } finally {
    await machine.remove();
  }
}
