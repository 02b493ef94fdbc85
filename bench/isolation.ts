import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answered, Tenants } from '../doubles/hostile-tenant.ts';
import { Machine } from '../doubles/machine.ts';
import { median, percentile, table } from './statistics.ts';

/*
 * What company A notices of company B's worst: the 95th percentile of A's usual calls, side by side in quiet and in a
 * minute of B's inputs, and the memory before and after.
 */

const [warmMilliseconds, quietMilliseconds, hostileMilliseconds] = [5000, 20_000, 60_000];
/** Longer than an idle worker stays. */
const settleMilliseconds = 90_000;
const [mostSlower, mostGrown] = [2, 1.2];
const mebibyte = 1024 ** 2;

export async function bench(): Promise<void> {
  const machine = await Machine.make();
  try {
    await machine.start();
    await measure(machine);
  } finally {
    await machine.remove();
  }
}

async function measure(machine: Machine): Promise<void> {
  const tenants = await Tenants.make(machine);
  await tenants.work(Date.now() + warmMilliseconds);
  console.log(
    `load average ${loadavg()
      .map(load => load.toFixed(1))
      .join(' ')}`,
  );
  const idle = tenants.memory();
  const quiet = await tenants.work(Date.now() + quietMilliseconds);

  const end = Date.now() + hostileMilliseconds;
  const attack = tenants.attack(end);
  const noisy = await tenants.work(end);
  const stormy = tenants.memory();
  const attacked = await attack;
  await tenants.endAttack();
  await sleep(settleMilliseconds);
  await tenants.work(Date.now() + warmMilliseconds);
  const settled = tenants.memory();

  const paths = [...new Set(quiet.map(({ path }) => path))];
  const rows = ['all', ...paths].map(path => {
    const of = (answered: Answered[]) =>
      answered.filter(each => path === 'all' || each.path === path).map(({ milliseconds }) => milliseconds);
    return [path, ...[of(quiet), of(noisy)].flatMap(times => [median(times), percentile(times, 0.95)])];
  });
  console.log(table(['call of A, ms', 'quiet p50', 'p95', 'with B p50', 'p95'], rows));
  const [, , before = 0, , during = 0] = rows[0] as number[];
  const lost = [...quiet, ...noisy].filter(({ status }) => status !== 200);
  const broken = attacked.filter(({ status }) => status >= 500 && status !== 503);
  const inMebibytes = [idle, stormy, settled].map(octets => Math.round(octets / mebibyte)).join(', ');
  verdict(`${attacked.length} calls of B, ${broken.length} of them answered with 5xx`, broken.length === 0);
  verdict(`${noisy.length} calls of A, ${lost.length} of them failed`, lost.length === 0);
  verdict(`p95 of A: ${(during / before).toFixed(2)} times the quiet one`, during <= before * mostSlower);
  verdict(`memory in MiB before, during, after: ${inMebibytes}`, settled <= idle * mostGrown);
}

function verdict(what: string, isMet: boolean): void {
  console.log(`${isMet ? 'PASS' : 'FAIL'}  ${what}`);
}
