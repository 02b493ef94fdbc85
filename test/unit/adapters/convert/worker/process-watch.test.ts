import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ProcessWatch } from '../../../../../shared/adapters/convert/worker/process-watch.ts';

const mebibyte = 1024 ** 2;
/** Starts two processes that hold memory, and says which is the larger. */
const parentProgram = `
  const { spawn } = require('node:child_process');
  const hold = mebibytes => spawn(process.execPath, ['-e', \`
    const held = Buffer.alloc(\${mebibytes} * 1024 ** 2, 1);
    process.send('ready');
    setInterval(() => held[0], 1e6);
  \`], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const children = [hold(10), hold(400)];
  let ready = 0;
  for (const child of children) child.on('message', () => ++ready === 2 && process.send(children.map(({ pid }) => pid)));
  children[1].on('exit', (code, signal) => process.send(signal));
  process.on('disconnect', () => { for (const child of children) child.kill('SIGKILL'); process.exit(); });`;

describe('the watch over processes of conversions', () => {
  const watches: ProcessWatch[] = [];
  const parents: ChildProcess[] = [];
  afterEach(async () => {
    await Promise.all(watches.splice(0).map(watch => watch.close()));
    for (const parent of parents.splice(0)) parent.disconnect();
  });

  const watchWith = (octetsAtMost: number) => {
    const watch = new ProcessWatch(octetsAtMost);
    watches.push(watch);
    return watch;
  };
  async function startTree() {
    const parent = spawn(process.execPath, ['-e', parentProgram], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    parents.push(parent);
    const [[small, large]] = (await once(parent, 'message')) as [[number, number]];
    return { parent, pid: parent.pid as number, small, large };
  }

  it('kills the largest process of a company that holds too much memory, and no other', async () => {
    const [heavy, light] = [await startTree(), await startTree()];

    watchWith(300 * mebibyte).inspect([{ workers: [heavy.pid], givesWay: false }]);
    const [signal] = await once(heavy.parent, 'message');

    expect(signal).toBe('SIGKILL');
    expect([heavy.pid, heavy.small, light.pid, light.small, light.large].filter(pid => !isAlive(pid))).toEqual([]);
  });

  it('counts the memory of all workers of a company together', async () => {
    const trees = [await startTree(), await startTree()];
    const ends = trees.map(({ parent }) => once(parent, 'message'));

    watchWith(700 * mebibyte).inspect([{ workers: trees.map(({ pid }) => pid), givesWay: false }]);

    expect(await Promise.race(ends)).toEqual(['SIGKILL', undefined]);
  });

  it('puts every thread of a company that gives way into the idle class, and of no other', async () => {
    const [busy, other] = [await startTree(), await startTree()];
    const companies = [
      { workers: [busy.pid], givesWay: true },
      { workers: [other.pid], givesWay: false },
    ];

    const others = [other.pid, other.small, other.large];
    const before = others.map(policiesOf);

    watchWith(2 ** 40).inspect(companies);

    const idle = [busy.pid, busy.small, busy.large];
    await expect.poll(() => new Set(idle.flatMap(policiesOf))).toEqual(new Set(['5']));
    expect(others.map(policiesOf)).toEqual(before);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The scheduling policy of each thread [proc(5), field 41 of stat; sched(7): 0 SCHED_OTHER, 5 SCHED_IDLE]. */
const policiesOf = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).map(thread => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];
  });
