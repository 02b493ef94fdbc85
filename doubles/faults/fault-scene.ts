import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { handedOver } from '../../shared/core/usecases/relays/release-jobs.ts';
import { Machine, until } from '../machine.ts';
import { type FaultPrinter, type PrintPath, printPaths } from './fault-printers.ts';
import { FaultRelay, type RelayKind } from './fault-relay.ts';
import { whileHeld } from './held-steps.ts';
import type { PlantedBug } from './planted-bugs.ts';
import { type LineState, TcpProxy } from './tcp-proxy.ts';

/*
 * One machine with a relay, or two at one location, a slow printer and a row of jobs, some of them submitted twice with the
 * same key, and faults in the middle of it. What came out of the printer is the judge: each document has a text of its own.
 */

type Line = 'client' | 'printer' | 'https' | 'mqtt';

const isPair = (kind: RelayKind) => kind === 'pair';
/** The least that can be asked for. */
const takeOverSeconds = 5;
/** Longer than a broker takes to miss a relay, and than a standby waits after it was enrolled. */
const takeOverMilliseconds = 120_000;

/** A client tries again after this time, with the same key. */
const answerMilliseconds = 3000;

interface FaultKind {
  /** the relays or the print paths that have what fails; absent: all */
  needs?: readonly (RelayKind | PrintPath)[];
  /** changes what a program remembers: with two of these it may be that none knows what came out */
  isOfMemory?: boolean;
  does: (scene: FaultScene) => Promise<void>;
}

/** Relays with lines of their own. */
const remote = ['external', 'pair'] as const;
const needsOf = (line: Line): FaultKind['needs'] => (line === 'printer' ? ['raw', 'lpd', 'ipp', 'cups'] : remote);
const lineFault = (line: Line, state: LineState): FaultKind => ({
  needs: needsOf(line),
  does: async scene => {
    const proxy = scene.line(line);
    proxy.become(state);
    await scene.pause(4000);
    proxy.become('open');
  },
});
const halfClosed = (line: Line): FaultKind => ({
  needs: line === 'printer' ? ['ipp'] : remote,
  does: async scene => scene.line(line).halfClose(),
});

const clientFault = (fail: (line: TcpProxy) => void): FaultKind => ({ does: scene => scene.submitWhile(fail) });

/** Until the standby takes over, and for some time after that. */
const takeOver = (fail: (active: FaultRelay) => unknown, mend: (former: FaultRelay) => unknown): FaultKind => ({
  needs: ['pair'],
  does: scene => scene.takeOver(fail, mend),
});

const processes = ['raw', 'ipp'] as const;
/** Printers that cannot be asked what they have printed. */
const forgetful = ['raw', 'lpd'] as const;

export const faults = {
  'no fault': { does: async () => {} },
  'relay killed': { does: scene => scene.relay.kill() },
  'relay stopped': {
    does: scene =>
      scene.held(
        () => scene.relay.signal('SIGSTOP'),
        () => scene.relay.signal('SIGCONT'),
      ),
  },
  'server killed': {
    does: async scene => {
      await scene.machine.end('SIGKILL');
      await scene.machine.start();
    },
  },
  'server stopped': {
    does: async scene => {
      const { pid } = scene.machine;
      await scene.held(
        () => process.kill(pid, 'SIGSTOP'),
        () => process.kill(pid, 'SIGCONT'),
      );
    },
  },
  'server and relay killed': {
    does: async scene => {
      await scene.killAll();
      await scene.startAll();
    },
  },
  'printer killed': {
    needs: processes,
    does: async scene => {
      await scene.printer.kill?.();
      await scene.pause(2000);
      await scene.printer.start?.();
    },
  },
  'printer stopped': {
    needs: processes,
    does: scene =>
      scene.held(
        () => scene.printer.signal?.('SIGSTOP'),
        () => scene.printer.signal?.('SIGCONT'),
      ),
  },
  'line to the printer cut': lineFault('printer', 'cut'),
  'line to the printer stalled': lineFault('printer', 'stalled'),
  // not of raw printers: an end that comes too early looks like the end of the document
  'line to the printer half-closed': halfClosed('printer'),
  'HTTPS of the relay cut': lineFault('https', 'cut'),
  'HTTPS of the relay stalled': lineFault('https', 'stalled'),
  'HTTPS of the relay half-closed': halfClosed('https'),
  'MQTT of the relay cut': lineFault('mqtt', 'cut'),
  'MQTT of the relay stalled': lineFault('mqtt', 'stalled'),
  'MQTT of the relay half-closed': halfClosed('mqtt'),
  'line of the client cut': clientFault(line => line.become('cut')),
  'line of the client stalled': clientFault(line => line.become('stalled')),
  'line of the client half-closed': clientFault(line => line.halfClose()),
  'folder of the relay put back': { isOfMemory: true, does: scene => scene.putBack('relay') },
  // of a pair, two programs may lack what came out (docs/decisions/0044-two-relays-at-a-location.md)
  'folder of the server put back': {
    needs: ['internal', 'external'],
    isOfMemory: true,
    does: scene => scene.putBack('store'),
  },
  'journal of the relay lost': {
    isOfMemory: true,
    does: async scene => {
      await scene.killAll();
      rmSync(join(scene.relay.data, 'journal'));
      await scene.startAll();
    },
  },
  'relay cloned': { isOfMemory: true, does: async scene => await scene.cloneRelay(await scene.copyRelay()) },
  'folder of the relay put back from before a first octet': {
    needs: forgetful,
    isOfMemory: true,
    does: async scene => await scene.restartOn(await scene.copyBeforeFirstOctet()),
  },
  'relay cloned before a first octet': {
    needs: forgetful,
    isOfMemory: true,
    does: async scene => await scene.cloneRelay(await scene.copyBeforeFirstOctet()),
  },
  'active relay killed until its standby takes over': takeOver(
    active => active.end(),
    former => former.start(),
  ),
  'active relay stopped until its standby takes over': takeOver(
    active => active.signal('SIGSTOP'),
    former => former.signal('SIGCONT'),
  ),
  'MQTT of the active relay cut until its standby takes over': takeOver(
    active => active.mqtt.become('cut'),
    former => former.mqtt.become('open'),
  ),
  'MQTT of the active relay stalled until its standby takes over': takeOver(
    active => active.mqtt.become('stalled'),
    former => former.mqtt.become('open'),
  ),
  'folder of the active relay put back when its standby has taken over': {
    needs: ['pair'],
    isOfMemory: true,
    does: async scene => {
      const { relay } = scene;
      const copy = await scene.copyRelay();
      await scene.pause(800);
      await scene.takeOver(
        () => relay.end(),
        () => {
          rmSync(relay.data, { recursive: true });
          cpSync(copy, relay.data, { recursive: true });
          relay.start();
        },
      );
    },
  },
  'jobs canceled': { does: scene => scene.cancelSome() },
} satisfies Record<string, FaultKind>;

export type Fault = keyof typeof faults;

/** What became of the jobs. All but `completed`, `canceled` and `unconfirmed` are faults of the product. */
export interface Verdict {
  completed: number;
  canceled: number;
  /** the reasons that were given, one for each job */
  unconfirmed: string[];
  doubles: string[];
  /** said to be completed and not on paper, or to be unprinted and on paper */
  lies: string[];
  lost: string[];
  /** did not end in time */
  stuck: string[];
  /**
   * unconfirmed since a take-over, although the former relay is back and has forgotten nothing. No fault if its permission was
   * lost on the line: its ask has the number that was granted, and does not show that it has not begun
   */
  doubts: string[];
  /** how often the standby of a pair became active */
  takeOvers: number;
}

export interface SceneOptions {
  faults: Fault[];
  path?: PrintPath;
  relay?: RelayKind;
  /** from 0 to 1 */
  random: () => number;
  /** how long jobs may take to end after the faults */
  patienceMilliseconds: number;
  /** a bug that the scene must show */
  planted?: PlantedBug;
}

export async function runScene(options: SceneOptions): Promise<Verdict> {
  const { path = 'raw', relay = 'internal' } = options;
  const printer = await printPaths[path]();
  const scene = await FaultScene.make(printer, relay, options.random);
  preload(options.planted, scene.heldSteps);
  try {
    await scene.start();
    return await scene.run(options.faults, options.patienceMilliseconds);
  } finally {
    await scene.remove();
    preload();
  }
}

const ownOptions = process.env.NODE_OPTIONS;

/** Of what is preloaded by the processes that are started from now on. */
function preload(bug?: PlantedBug, heldSteps?: string): void {
  const files = [...(bug ? ['planted-bugs.ts'] : []), ...(heldSteps ? ['held-steps.ts'] : [])];
  const imports = files.map(file => `--import ${new URL(file, import.meta.url)}`);
  const options = imports.length > 0 ? [ownOptions ?? '', ...imports].join(' ') : ownOptions;
  for (const [name, value] of [
    ['NODE_OPTIONS', options],
    ['PLANTED_BUG', bug],
    ['HELD_STEPS', heldSteps],
  ] as const) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

const takeOversPath = '/platen/v1/events?types=location.taken_over';

interface SceneJob {
  id: string;
  text: string;
  isCanceled: boolean;
}

interface Seen {
  /** undefined: the server does not know the job, which a restored one may not */
  state: string | undefined;
  message?: string;
}

export class FaultScene {
  readonly machine: Machine;
  readonly printer: FaultPrinter;
  /** the relay of the next fault */
  relay: FaultRelay;
  readonly lines: Record<Exclude<Line, 'mqtt'>, TcpProxy>;
  readonly heldSteps = mkdtempSync(join(tmpdir(), 'platen-held-'));
  readonly #relays: FaultRelay[];
  readonly #random: () => number;
  /** whether a program may have forgotten how a job ended */
  #isForgotten = false;
  readonly #jobs: SceneJob[] = [];
  #submissions = 0;
  /** keys that were answered with two jobs */
  readonly #twice: string[] = [];

  private constructor(
    parts: Pick<FaultScene, 'machine' | 'printer' | 'lines'>,
    relays: FaultRelay[],
    random: () => number,
  ) {
    this.machine = parts.machine;
    this.printer = parts.printer;
    this.lines = parts.lines;
    this.#relays = relays;
    this.relay = relays[0] as FaultRelay;
    this.#random = random;
  }

  static async make(printer: FaultPrinter, kind: RelayKind, random: () => number): Promise<FaultScene> {
    const lines = {
      client: await TcpProxy.start(() => Number(new URL(machine.facts.endpoint).port)),
      printer: await TcpProxy.start(() => printer.port),
      https: await TcpProxy.start(() => Number(new URL(machine.facts.endpoint).port)),
    };
    const uri = new URL(printer.uri);
    if (printer.port !== 0) uri.port = String(lines.printer.port);
    const isInternal = kind === 'internal';
    const address = `http://127.0.0.1:${lines.https.port}`;
    const machine: Machine = await Machine.make(
      isInternal ? ['--printer', `p=${uri.href}`] : ['--public-url', address],
    );
    const relayOf = async (folder: string): Promise<FaultRelay> => {
      const mqtt = await TcpProxy.start(() => relay.identity.mqtt.port);
      const relay: FaultRelay = new FaultRelay(kind, machine, uri.href, { https: address, mqtt }, folder);
      return relay;
    };
    const folders = ['relay-of-site', ...(isPair(kind) ? ['standby-of-site'] : [])];
    const relays = await Promise.all(folders.map(relayOf));
    return new FaultScene({ machine, printer, lines }, relays, random);
  }

  async start(): Promise<void> {
    await this.machine.start();
    const [first, standby] = this.#relays;
    await first?.enrol();
    await standby?.enrol({ standby: true, takeOverSeconds });
  }

  /** `mqtt` is of the relay of the fault. */
  line(line: Line): TcpProxy {
    return line === 'mqtt' ? this.relay.mqtt : this.lines[line];
  }

  async run(inflicted: Fault[], patienceMilliseconds: number): Promise<Verdict> {
    // the relay is enrolled and at work
    await this.#submit();
    const [first] = this.#jobs as [SceneJob];
    await until(async () => (await this.#stateOf(first)).state === 'completed');
    for (const fault of inflicted) {
      const count = 4 + Math.floor(this.#random() * 8);
      for (let number = 0; number < count; number++) await this.#submit();
      await this.pause(600);
      const kind: FaultKind = faults[fault];
      this.#isForgotten ||= kind.isOfMemory === true;
      await this.#choose(kind);
      await kind.does(this);
    }
    for (let number = 0; number < 3; number++) await this.#submit();
    return await this.#judge(patienceMilliseconds);
  }

  /** A part of the time given. */
  async pause(milliseconds: number): Promise<void> {
    await sleep(this.#random() * milliseconds);
  }

  async held(hold: () => void, release: () => void): Promise<void> {
    hold();
    await this.pause(4000);
    release();
  }

  /** Clients submit while their line to the server fails. */
  async submitWhile(fail: (line: TcpProxy) => void): Promise<void> {
    const submitting = Promise.all(Array.from({ length: 6 }, () => this.pause(200).then(() => this.#submit())));
    await this.pause(200);
    fail(this.lines.client);
    await this.pause(answerMilliseconds);
    this.lines.client.become('open');
    await submitting;
  }

  async killAll(): Promise<void> {
    for (const relay of this.#relays) await relay.forget();
    await this.machine.end('SIGKILL');
    for (const relay of this.#relays) await relay.killLeft();
  }

  async startAll(): Promise<void> {
    await this.machine.start();
    for (const relay of this.#relays) relay.start();
  }

  /** The active relay fails in the middle of a row of jobs until the other one is active. */
  async takeOver(fail: (active: FaultRelay) => unknown, mend: (former: FaultRelay) => unknown): Promise<void> {
    const former = this.relay;
    await Promise.all(Array.from({ length: 8 }, () => this.#submit()));
    await this.pause(200);
    await fail(former);
    const end = Date.now() + takeOverMilliseconds;
    while ((await former.place()).relay === former.identity.relayId) {
      if (Date.now() > end) throw new Error('The standby did not take over.');
      await sleep(50);
    }
    await this.pause(3000);
    await mend(former);
  }

  /** Mostly the active one of a pair; always where the fault is about it. */
  async #choose({ needs }: FaultKind): Promise<void> {
    const [first, standby] = this.#relays as [FaultRelay, FaultRelay?];
    if (!standby) return;
    const { relay } = await first.place();
    const isAboutActive = needs?.includes('pair') && !needs.includes('external');
    const isOfActive = isAboutActive || this.#random() < 0.7;
    this.relay = (first.identity.relayId === relay) === isOfActive ? first : standby;
  }

  /** What is done after the copy is forgotten there, as by a restored backup. */
  async putBack(folder: 'relay' | 'store'): Promise<void> {
    const path = folder === 'relay' ? this.relay.data : join(this.machine.data, folder);
    const copy = `${path}-copy`;
    await this.#stopped(() => cpSync(path, copy, { recursive: true }));
    await this.pause(800);
    await this.restartOn(copy, path);
  }

  /** All programs start again, on the copy. */
  async restartOn(copy: string, path = this.relay.data): Promise<void> {
    await this.killAll();
    rmSync(path, { recursive: true });
    cpSync(copy, path, { recursive: true });
    await this.startAll();
  }

  async copyRelay(): Promise<string> {
    const copy = `${this.relay.data}-copy`;
    await this.#stopped(() => cpSync(this.relay.data, copy, { recursive: true }));
    return copy;
  }

  async cloneRelay(copy: string): Promise<void> {
    this.relay.startClone(copy);
    await sleep(1500);
  }

  /** Of the relay's folder, between permission and first octet of a document; returns when that is on paper. */
  async copyBeforeFirstOctet(): Promise<string> {
    const before = this.printer.papers().length;
    await this.#submit();
    const copy = await whileHeld(this.heldSteps, () => this.copyRelay());
    await until(() => this.printer.papers().length > before);
    return copy;
  }

  async cancelSome(): Promise<void> {
    for (const job of this.#jobs.filter(() => this.#random() < 0.5)) {
      job.isCanceled = true;
      const answer = await this.machine.call('POST', `/platen/v1/jobs/${job.id}/cancel`);
      if (answer.status >= 300 && answer.status !== 404)
        throw new Error(`The cancel was refused: ${await answer.text()}`);
    }
  }

  async remove(): Promise<void> {
    for (const relay of this.#relays) await relay.remove();
    await this.machine.remove();
    for (const relay of this.#relays) await relay.killLeft();
    const lines = [...Object.values(this.lines), ...this.#relays.map(({ mqtt }) => mqtt)];
    await Promise.all(lines.map(line => line.stop()));
    rmSync(this.heldSteps, { recursive: true });
    await this.printer.remove();
  }

  /** A third of the jobs is submitted twice with one key, at the same time. */
  async #submit(): Promise<void> {
    const number = this.#submissions++;
    const text = `document ${number} of ${this.machine.data}\n`;
    const key = `key ${number}`;
    const copies = this.#random() < 0.3 ? 2 : 1;
    const ids = await Promise.all(Array.from({ length: copies }, () => this.#submitOnce(text, key)));
    if (new Set(ids).size > 1) this.#twice.push(`${text.trim()}: two jobs for one key`);
    this.#jobs.push({ id: ids[0] as string, text, isCanceled: false });
  }

  async #submitOnce(text: string, key: string): Promise<string> {
    const document = { base64: Buffer.from(text).toString('base64') };
    const body = JSON.stringify({ printer: this.relay.printer, name: text.trim(), document });
    const authorization = `Bearer ${this.machine.facts.key}`;
    const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
    for (;;) {
      try {
        const signal = AbortSignal.timeout(answerMilliseconds);
        const url = `http://127.0.0.1:${this.lines.client.port}/platen/v1/jobs`;
        const answer = await fetch(url, { method: 'POST', body, headers, signal });
        const { jobs } = (await answer.json()) as { jobs: { id: string }[] };
        return (jobs[0] as { id: string }).id;
      } catch (error) {
        // the answer was lost, or the request
        if (!(error instanceof TypeError) && (error as Error).name !== 'TimeoutError') throw error;
        await sleep(100);
      }
    }
  }

  /** Holds server and relays still, so that a copy is of one moment. */
  async #stopped(work: () => void): Promise<void> {
    const all = [this.machine.pid, ...this.#relays.flatMap(({ pids }) => pids)];
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    work();
    for (const pid of all) process.kill(pid, 'SIGCONT');
  }

  async #judge(patienceMilliseconds: number): Promise<Verdict> {
    const end = Date.now() + patienceMilliseconds;
    const seen = new Map<SceneJob, Seen>();
    for (; Date.now() < end; await sleep(300)) {
      for (const job of this.#jobs) seen.set(job, await this.#stateOf(job));
      if ([...seen.values()].every(({ state }) => state !== 'open' && state !== 'doubt')) break;
    }
    // what a mistake would bring out now comes within this time
    await sleep(1000);
    const { events } = (await (await this.machine.call('GET', takeOversPath)).json()) as { events: unknown[] };
    return { ...this.#verdict(seen), takeOvers: events.length };
  }

  async #stateOf({ id }: SceneJob): Promise<Seen> {
    const answer = await this.machine.call('GET', `/platen/v1/jobs/${id}`);
    if (answer.status === 404) return { state: undefined };
    const { state, reasons, message } = (await answer.json()) as { state: string; reasons: string[]; message?: string };
    const isDoubt = message === handedOver.message && !this.#isForgotten;
    if (reasons.includes('delivery-unconfirmed')) return { state: isDoubt ? 'doubt' : 'unconfirmed', message };
    return { state: ['completed', 'canceled', 'aborted'].includes(state) ? state : 'open' };
  }

  #verdict(all: Map<SceneJob, Seen>): Omit<Verdict, 'takeOvers'> {
    const papers = this.printer.papers();
    const seen = [...all].map(([job, { state, message }]) => ({
      ...{ job, message, state },
      printed: papers.filter(text => text === job.text).length,
    }));
    const named = (isSuch: (one: (typeof seen)[number]) => boolean) =>
      seen.filter(isSuch).map(({ job, state }) => `${job.text.trim()}: ${state}`);
    const count = (wanted: string) => seen.filter(({ state }) => state === wanted).length;
    const isUnprinted = (state: string | undefined) => state === 'canceled' || state === 'aborted';
    return {
      completed: count('completed'),
      canceled: count('canceled'),
      unconfirmed: seen.filter(({ state }) => state === 'unconfirmed').map(({ message }) => message ?? 'no reason'),
      doubles: [...this.#twice, ...named(({ printed }) => printed > 1)],
      lies: named(
        ({ state, printed }) => (state === 'completed' && printed === 0) || (isUnprinted(state) && printed > 0),
      ),
      lost: named(({ state, job }) => state === 'aborted' || (state === 'canceled' && !job.isCanceled)),
      stuck: named(({ state }) => state === 'open'),
      doubts: named(({ state }) => state === 'doubt'),
    };
  }
}
