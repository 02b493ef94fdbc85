import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Machine } from '../doubles/machine.ts';
import { forgetPeak, residentOctets } from '../doubles/resident.ts';
import { windowOctets } from '../shared/core/domain/upload-session.ts';
import { table } from './statistics.ts';
import { type Contender, direct, measure, segments } from './upload-roads.ts';

/*
 * Peak memory of the server during many concurrent uploads, above its idle memory. Each kind of upload has a fresh
 * server. `PLATEN_BENCH_UPLOAD_MIB` sets the octets per client; the disk must hold them all.
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
