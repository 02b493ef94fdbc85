import { readFileSync } from 'node:fs';

/** The unit of times in /proc is 10 ms on every Linux that Node runs on [proc(5), sysconf(3)]. */
const millisecondsPerTick = 10;

/** Processor time of a process in milliseconds, user and system, from /proc. */
export function processorMilliseconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return (user + system) * millisecondsPerTick;
}

/** The processes that a process has started and that run. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}
