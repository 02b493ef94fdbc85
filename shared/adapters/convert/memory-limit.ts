import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '../../telemetry/log.ts';
import { processTree } from './worker/process-tree.ts';

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
    const octets = await heldOctets(process.pid);
    if (octets > octetsAtMost) break;
    await sleep(everyMs, undefined, { ref: false });
  }
  log.error('memory-used-up', { functionMegabytes });
  process.exit(1);
}

/** Memory of a process and all below it that no file holds as well. */
export async function heldOctets(pid: number): Promise<number> {
  const held = (await processTree(pid)).map(async each => {
    // one that has ended meanwhile holds nothing
    const status = await readFile(`/proc/${each}/status`, 'utf8').catch(() => '');
    const kibibytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, count]) => Number(count));
    return kibibytes.reduce((sum, count) => sum + count * 1024, 0);
  });
  return (await Promise.all(held)).reduce((sum, octets) => sum + octets, 0);
}
