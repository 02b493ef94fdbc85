import { spawnSync } from 'node:child_process';
import { parentPort, workerData } from 'node:worker_threads';
import { limitedLog, log } from '../../../telemetry/log.ts';
import { ownOctets, type ProcessEntry, readProcesses, treeOf } from './process-table.ts';
import type { CompanyProcesses } from './process-watch.ts';

/** The thread behind `ProcessWatch`. */
const octetsAtMost = workerData as number;
const warnEveryMilliseconds = 60_000;
const warn = limitedLog('warn', warnEveryMilliseconds);

parentPort?.on('message', (companies: CompanyProcesses[]) => {
  const processes = readProcesses();
  for (const { workers, givesWay } of companies) {
    const tree = treeOf(workers, processes);
    if (givesWay) for (const { pid } of tree.filter(({ isIdleClass }) => !isIdleClass)) useIdleClass(pid);
    limitMemory(tree);
  }
});

/** Node sets only priorities, and processes of the lowest still keep others from a core for milliseconds at a time. */
function useIdleClass(pid: number): void {
  const { error } = spawnSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)], { stdio: 'ignore' });
  if (error) warn('priority-not-lowered', { error });
}

function limitMemory(tree: ProcessEntry[]): void {
  const sizes = tree.map(({ pid }) => ({ pid, octets: ownOctets(pid) }));
  const octets = sizes.reduce((sum, each) => sum + each.octets, 0);
  if (octets <= octetsAtMost) return;
  const [largest] = sizes.toSorted((a, b) => b.octets - a.octets);
  if (!largest) return;
  log.warn('conversion-memory-exceeded', { octets, octetsAtMost, largest });
  try {
    process.kill(largest.pid, 'SIGKILL');
  } catch (error) {
    log.warn('process-not-ended', { error });
  }
}
