import { readFile, writeFile } from 'node:fs/promises';

/** Linux's own account of a process, in octets; NaN elsewhere. */
export async function residentOctets(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** [proc(5), clear_refs]: 5 sets the peak back to what is resident now. */
export const forgetPeak = (pid: number) => writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);
