import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '../../telemetry/log.ts';
import { ownOctets, readProcesses, treeOf } from './worker/process-table.ts';

/*
 * A function whose memory is nearly used up is not ended by the kernel at once: it drops the pages of programs and reads
 * them again for minutes. So the function ends itself first, and the document is made where there is more memory.
 */

/** Kept for what programs map from files: the browser and Node [measured: 180 MB are enough, 60 MB are not]. */
const mappedOctets = 200 * 2 ** 20;
const everyMs = 200;

/** Ends this process when it and all below it hold more than fits into a function with this memory. */
export async function endWhenMemoryRunsShort(functionMegabytes: number): Promise<void> {
  const octetsAtMost = functionMegabytes * 2 ** 20 - mappedOctets;
  for (;;) {
    const octets = heldOctets(process.pid);
    if (octets > octetsAtMost) break;
    await sleep(everyMs, undefined, { ref: false });
  }
  log.error('memory-used-up', { functionMegabytes });
  process.exit(1);
}

/** Memory of a process and all below it that no file holds as well. */
export function heldOctets(pid: number): number {
  return treeOf([pid], readProcesses()).reduce((sum, each) => sum + ownOctets(each.pid), 0);
}
