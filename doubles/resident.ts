import { readFile, writeFile } from 'node:fs/promises';

/** Memory of a process in octets, from /proc; NaN outside Linux. */
export async function residentOctets(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** Writing 5 resets the peak to the current value [proc(5), clear_refs]. */
export const forgetPeak = (pid: number) => writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);
