import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { log } from '../../../telemetry/log.ts';

/** The lowest there is: gets what others leave. */
const niceness = 19;

/**
 * Lowers the priority of a process, of all below it, and of what they will start. On Linux each thread has a priority of
 * its own [setpriority(2), "C library/kernel differences"]; elsewhere it is the process's.
 */
export async function lowerPriority(pid: number): Promise<void> {
  const parents = await parentsOfAll();
  const isBelow = (child: number): boolean =>
    child === pid || (parents.has(child) && isBelow(parents.get(child) as number));
  const processes = parents.size > 0 ? [...parents.keys()].filter(isBelow) : [pid];
  for (const each of processes) {
    // a process without threads to see has ended, or this is no Linux
    const threads = await readdir(`/proc/${each}/task`).catch(() => [String(each)]);
    for (const thread of threads) setQuietly(Number(thread));
  }
}

function setQuietly(thread: number): void {
  try {
    setPriority(thread, niceness);
  } catch (error) {
    const hasEnded = (error as { info?: { code?: string } }).info?.code === 'ESRCH';
    if (!hasEnded) log.warn('priority-not-lowered', { error });
  }
}

/** The parent of each process; empty where there is no /proc. */
async function parentsOfAll(): Promise<Map<number, number>> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter(Number.isInteger);
  const entries = await Promise.all(
    pids.map(async pid => {
      // one that has ended meanwhile has no parent
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return [pid, Number(/\) \S (\d+)/.exec(stat)?.[1] ?? 0)] as const;
    }),
  );
  return new Map(entries.filter(([, parent]) => parent > 0));
}
