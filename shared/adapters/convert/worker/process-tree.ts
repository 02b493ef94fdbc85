import { readdir, readFile } from 'node:fs/promises';

/** A process and all below it; only itself where there is no /proc. */
export async function processTree(pid: number): Promise<number[]> {
  const parents = await parentsOfAll();
  const isBelow = (child: number): boolean =>
    child === pid || (parents.has(child) && isBelow(parents.get(child) as number));
  return parents.size > 0 ? [...parents.keys()].filter(isBelow) : [pid];
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
