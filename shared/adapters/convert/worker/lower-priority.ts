import { readdir } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { log } from '../../../telemetry/log.ts';
import { processTree } from './process-tree.ts';

/** The lowest there is: gets what others leave. */
const niceness = 19;

/**
 * Lowers the priority of a process, of all below it, and of what they will start. On Linux each thread has a priority of
 * its own [setpriority(2), "C library/kernel differences"]; elsewhere it is the process's.
 */
export async function lowerPriority(pid: number): Promise<void> {
  for (const each of await processTree(pid)) {
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
