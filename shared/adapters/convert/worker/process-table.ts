import { readdirSync, readFileSync } from 'node:fs';

/* The processes of this machine, from Linux's /proc [proc(5)]. Other systems have none of this. */

export interface ProcessEntry {
  pid: number;
  parent: number;
  /** It gets only the time that others leave [sched(7), SCHED_IDLE]. */
  isIdleClass: boolean;
}

const [parentField, policyField, idlePolicy] = [1, 38, 5];

export function readProcesses(): ProcessEntry[] {
  const names = readdirOrNothing('/proc').filter(name => /^\d+$/.test(name));
  return names.flatMap(name => {
    const stat = readOrNothing(`/proc/${name}/stat`);
    // the name before it is the process's own choice, and may hold parentheses
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [parent, policy] = [fields[parentField], fields[policyField]].map(Number);
    return parent === undefined || Number.isNaN(parent)
      ? []
      : [{ pid: Number(name), parent, isIdleClass: policy === idlePolicy }];
  });
}

/** Those with these ids, and all below them. */
export function treeOf(roots: number[], processes: ProcessEntry[]): ProcessEntry[] {
  const tree = processes.filter(({ pid }) => roots.includes(pid));
  const children = Map.groupBy(processes, ({ parent }) => parent);
  // grows while it is read
  for (const { pid } of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Resident memory that is no copy of a file, in octets; 0 of a process that has ended. */
export function ownOctets(pid: number): number {
  const status = readOrNothing(`/proc/${pid}/status`);
  const kilobytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, digits]) => Number(digits));
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

function readdirOrNothing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** A process may end at any time. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
