import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Machine, until } from './machine.ts';
import { type SocketSink, startSocketSink } from './socket-sink.ts';

/*
 * One machine with its relay, a slow raw printer, and one fault in the middle of a row of jobs. The printer's paper is
 * the judge: each document has a text of its own, so that it can be counted there.
 */

const root = resolve(import.meta.dirname, '..');

export const faults = {
  'no fault': async () => {},
  'relay killed': scene => scene.killRelay(),
  'server killed': async scene => {
    await scene.machine.end('SIGKILL');
    await scene.machine.start();
  },
  'server and relay killed': async scene => {
    await scene.killAll();
    await scene.machine.start();
  },
  'folder of the relay put back': scene => scene.putBack('relay'),
  'folder of the server put back': scene => scene.putBack('store'),
  'journal of the relay lost': async scene => {
    await scene.killAll();
    rmSync(join(scene.machine.data, 'relay', 'journal'));
    await scene.machine.start();
  },
  'relay cloned': scene => scene.cloneRelay(),
  'printer away': async scene => {
    await scene.sink.stop();
    await sleep(1500);
    await scene.sink.start();
  },
  'jobs canceled': scene => scene.cancelSome(),
} satisfies Record<string, (scene: FaultScene) => Promise<void>>;

export type Fault = keyof typeof faults;

/** Numbers of jobs. All but `completed` and `unconfirmed` are faults of the product, `open` those that did not end in time. */
export interface Verdict {
  completed: number;
  unconfirmed: number;
  canceled: number;
  doubles: string[];
  /** said to be completed and not on paper, or to be unprinted and on paper */
  lies: string[];
  lost: string[];
  open: string[];
}

interface SceneJob {
  id: string;
  text: string;
  isCanceled: boolean;
}

export interface SceneOptions {
  fault: Fault;
  /** from 0 to 1 */
  random: () => number;
  /** how long jobs may take to end after the fault */
  patienceMilliseconds: number;
}

export async function runScene({ fault, random, patienceMilliseconds }: SceneOptions): Promise<Verdict> {
  const sink = await startSocketSink({ traps: { lateMilliseconds: 60 } });
  const machine = await Machine.make(['--printer', `raw=${sink.uri}`]);
  const scene = new FaultScene(machine, sink, random);
  try {
    await machine.start();
    return await scene.run(faults[fault], patienceMilliseconds);
  } finally {
    await scene.remove();
  }
}

class FaultScene {
  readonly machine: Machine;
  readonly sink: SocketSink;
  readonly #random: () => number;
  readonly #jobs: SceneJob[] = [];
  #clone: ChildProcess | undefined;

  constructor(machine: Machine, sink: SocketSink, random: () => number) {
    this.machine = machine;
    this.sink = sink;
    this.#random = random;
  }

  async run(fault: (scene: FaultScene) => Promise<void>, patienceMilliseconds: number): Promise<Verdict> {
    // the relay is enrolled and at work
    await this.#submit();
    const [first] = this.#jobs as [SceneJob];
    await until(async () => (await this.#stateOf(first)) === 'completed');
    const [before, after] = [8 + Math.floor(this.#random() * 8), 3];
    for (let number = 0; number < before; number++) await this.#submit();
    await sleep(this.#random() * 600);
    await fault(this);
    for (let number = 0; number < after; number++) await this.#submit();
    return await this.#judge(patienceMilliseconds);
  }

  async killRelay(): Promise<void> {
    for (const pid of relaysOf(this.machine.pid)) process.kill(pid, 'SIGKILL');
  }

  async killAll(): Promise<void> {
    const relays = relaysOf(this.machine.pid);
    await this.machine.end('SIGKILL');
    for (const pid of relays) killIfThere(pid);
  }

  /** What is done after the copy is forgotten there, as by a restored backup. */
  async putBack(folder: 'relay' | 'store'): Promise<void> {
    const [path, copy] = [join(this.machine.data, folder), join(this.machine.data, `${folder}-copy`)];
    await this.#stopped(() => cpSync(path, copy, { recursive: true }));
    await sleep(200 + this.#random() * 600);
    await this.killAll();
    rmSync(path, { recursive: true });
    cpSync(copy, path, { recursive: true });
    await this.machine.start();
  }

  async cloneRelay(): Promise<void> {
    const [path, copy] = [join(this.machine.data, 'relay'), join(this.machine.data, 'relay-clone')];
    await this.#stopped(() => cpSync(path, copy, { recursive: true }));
    this.#clone = spawn(process.execPath, ['relay/main.ts', '--data', copy], { cwd: root, stdio: 'ignore' });
    await sleep(1500);
  }

  async cancelSome(): Promise<void> {
    for (const job of this.#jobs.filter(() => this.#random() < 0.5)) {
      job.isCanceled = true;
      const answer = await this.machine.call('POST', `/platen/v1/jobs/${job.id}/cancel`);
      if (answer.status >= 300) throw new Error(`The cancel was refused: ${await answer.text()}`);
    }
  }

  async remove(): Promise<void> {
    this.#clone?.kill('SIGKILL');
    const relays = relaysOf(this.machine.pid);
    await this.machine.remove();
    for (const pid of relays) killIfThere(pid);
    await this.sink.stop();
  }

  async #submit(): Promise<void> {
    const text = `document ${this.#jobs.length} of ${this.machine.data}\n`;
    const body = JSON.stringify({
      printer: 'office:raw',
      name: text.trim(),
      document: { base64: Buffer.from(text).toString('base64') },
    });
    const answer = await this.machine.call('POST', '/platen/v1/jobs', body, { 'content-type': 'application/json' });
    const { jobs } = (await answer.json()) as { jobs: { id: string }[] };
    this.#jobs.push({ id: (jobs[0] as { id: string }).id, text, isCanceled: false });
  }

  /** Holds server and relay still, so that a copy is of one moment. */
  async #stopped(work: () => void): Promise<void> {
    const all = [this.machine.pid, ...relaysOf(this.machine.pid)];
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    work();
    for (const pid of all) process.kill(pid, 'SIGCONT');
  }

  async #judge(patienceMilliseconds: number): Promise<Verdict> {
    const end = Date.now() + patienceMilliseconds;
    const states = new Map<SceneJob, string | undefined>();
    for (; Date.now() < end; await sleep(300)) {
      for (const job of this.#jobs) states.set(job, await this.#stateOf(job));
      if ([...states.values()].every(state => state !== 'open')) break;
    }
    // what a mistake would bring out now comes within this time
    await sleep(1000);
    return this.#verdict(states);
  }

  /** Undefined when the server does not know the job, which a restored one may not. */
  async #stateOf({ id }: SceneJob): Promise<string | undefined> {
    const answer = await this.machine.call('GET', `/platen/v1/jobs/${id}`);
    if (answer.status === 404) return undefined;
    const { state, reasons } = (await answer.json()) as { state: string; reasons: string[] };
    if (reasons.includes('delivery-unconfirmed')) return 'unconfirmed';
    return ['completed', 'canceled', 'aborted'].includes(state) ? state : 'open';
  }

  #verdict(states: Map<SceneJob, string | undefined>): Verdict {
    const papers = this.sink.connections.map(({ document, octets }) => ({ text: String(document), octets }));
    const countOf = ({ text }: SceneJob) => papers.filter(paper => paper.text === text).length;
    const named = (isSuch: (job: SceneJob, state: string | undefined) => boolean) =>
      [...states].filter(([job, state]) => isSuch(job, state)).map(([{ text }, state]) => `${text.trim()}: ${state}`);
    const count = (wanted: string) => [...states.values()].filter(state => state === wanted).length;
    const isUnprinted = (state: string | undefined) => state === 'canceled' || state === 'aborted';
    return {
      completed: count('completed'),
      unconfirmed: count('unconfirmed'),
      canceled: count('canceled'),
      doubles: named(job => countOf(job) > 1),
      lies: named(
        (job, state) => (state === 'completed' && countOf(job) === 0) || (isUnprinted(state) && countOf(job) > 0),
      ),
      lost: named((job, state) => state === 'aborted' || (state === 'canceled' && !job.isCanceled)),
      open: named((_, state) => state === 'open'),
    };
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

/** Process ids of the relays that a server has started [proc(5)]. */
function relaysOf(server: number | undefined): number[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.map(Number).filter(pid => {
    try {
      const parent = Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
      return parent === server && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('relay/main.ts');
    } catch {
      return false; // it has ended
    }
  });
}
