import type { CompanyId } from '../../../core/domain/ids.ts';
import { processModelHere } from '../browser/browser-process.ts';
import { ProcessWatch } from './process-watch.ts';
import { WorkerHandle } from './worker-handle.ts';

/*
 * A worker serves one company for as long as it lives, so that nothing a document leaves behind in a process reaches the
 * documents of another. It stays warm while the company has work, and is replaced when it has grown.
 */

/** Idle workers that stay warm, each with a browser of some 200 MB. */
const idleAtMost = 3;
const idleMs = 60_000;
/**
 * A worker that came to hold more than this is replaced: memory of WebAssembly is never given back. In a function, what idle
 * workers hold is lacking for the document that is made.
 */
const megabytesAtMost = processModelHere() === 'one-process' ? 256 : 512;
const longMs = 10_000;
/** Not while the worker before it has its own start to do. */
const prepareMs = 500;
/** How long a company's workers give way after they kept others from a core. */
const slowMs = 60_000;
const inspectEveryMs = 500;

export class WorkerPool {
  readonly #workers = new Map<CompanyId, WorkerHandle>();
  readonly #ending = new Set<Promise<void>>();
  /** A process that has started and belongs to no company yet: the next one need not wait for its start. */
  #spare: WorkerHandle | undefined;
  /** Each has one conversion of its own. */
  readonly #alone = new Map<WorkerHandle, CompanyId>();
  readonly #slowUntil = new Map<CompanyId, number>();
  readonly #watch = new ProcessWatch();
  #inspectedAt = 0;

  /** The company's worker. The one used last is the last of the map. */
  of(companyId: CompanyId): WorkerHandle {
    const known = this.#workers.get(companyId);
    const worker = known && !known.hasEnded ? known : this.#start(companyId);
    this.#workers.delete(companyId);
    this.#workers.set(companyId, worker);
    this.#endIdle(idleAtMost);
    this.#slowDownIfDue(companyId);
    return worker;
  }

  /**
   * Lends a worker of its own for one conversion, after one has ended. Never the prepared one: what ended the first may
   * have ended that as well, and it is not known yet.
   */
  async alone<Result>(companyId: CompanyId, use: (worker: WorkerHandle) => Promise<Result>): Promise<Result> {
    const worker = new WorkerHandle();
    this.#alone.set(worker, companyId);
    this.#slowDownIfDue(companyId);
    try {
      return await use(worker);
    } finally {
      this.#alone.delete(worker);
      void worker.end();
    }
  }

  /** One that was prepared, unless the company's workers give way: those that it ends would each cost another start. */
  #start(companyId: CompanyId): WorkerHandle {
    const prepared = this.#isSlow(companyId) ? undefined : this.#takeSpare();
    return prepared ?? new WorkerHandle();
  }

  #takeSpare(): WorkerHandle | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    setTimeout(() => this.#prepare(), prepareMs).unref();
    return spare?.hasEnded ? undefined : spare;
  }

  #prepare(): void {
    if (this.#workers.size > 0) this.#spare ??= new WorkerHandle();
  }

  /** Called while a conversion goes on: one that takes long, or is one of several of its company, gives way to others. */
  review(companyId: CompanyId, elapsedMs: number): void {
    const isOneOfSeveral = (this.#workers.get(companyId)?.runsUnderWay ?? 0) > 1;
    if (isOneOfSeveral || elapsedMs > longMs) this.slowDown(companyId);
    if (elapsedMs > 0 && Date.now() - this.#inspectedAt > inspectEveryMs) this.#inspect();
  }

  /** Where other companies have workers, this one's give way to them for a while. */
  slowDown(companyId: CompanyId): void {
    if (this.#workers.size < 2) return;
    this.#slowUntil.set(companyId, Date.now() + slowMs);
    this.#slowDownIfDue(companyId);
  }

  #slowDownIfDue(companyId: CompanyId): void {
    if (this.#isSlow(companyId) && this.#handlesOf(companyId).some(({ isSlowed }) => !isSlowed)) this.#inspect();
  }

  #inspect(): void {
    this.#inspectedAt = Date.now();
    const companies = [...new Set([...this.#workers.keys(), ...this.#alone.values()])];
    this.#watch.inspect(
      companies.map(companyId => {
        const workers = this.#handlesOf(companyId);
        const givesWay = this.#isSlow(companyId);
        for (const worker of workers) worker.isSlowed ||= givesWay;
        return { workers: workers.flatMap(({ pid }) => pid ?? []), givesWay };
      }),
    );
  }

  #handlesOf(companyId: CompanyId): WorkerHandle[] {
    const alone = [...this.#alone].filter(([, owner]) => owner === companyId).map(([worker]) => worker);
    const shared = this.#workers.get(companyId);
    return [...(shared ? [shared] : []), ...alone].filter(({ hasEnded }) => !hasEnded);
  }

  #isSlow(companyId: CompanyId): boolean {
    const until = this.#slowUntil.get(companyId) ?? 0;
    if (until < Date.now()) this.#slowUntil.delete(companyId);
    return until >= Date.now();
  }

  /** Called after each conversion of a company. */
  release(companyId: CompanyId): void {
    const worker = this.#workers.get(companyId);
    if (!worker?.isIdle) return;
    // a priority that was lowered cannot be raised again
    const isToReplace = worker.megabytes > megabytesAtMost || (worker.isSlowed && !this.#isSlow(companyId));
    if (worker.hasEnded || isToReplace) {
      this.#end(companyId);
      return;
    }
    const { runCount } = worker;
    const isUnused = () => this.#workers.get(companyId) === worker && worker.runCount === runCount;
    setTimeout(() => {
      // the last one stays: the next document should not wait for a start; one that gave way would be slow for it
      if (isUnused() && (this.#workers.size > 1 || worker.isSlowed)) this.#end(companyId);
    }, idleMs).unref();
  }

  async close(): Promise<void> {
    await this.#spare?.end();
    this.#spare = undefined;
    for (const companyId of this.#workers.keys()) this.#end(companyId);
    await Promise.all(this.#ending);
    await this.#watch.close();
  }

  #endIdle(left: number): void {
    const idle = [...this.#workers].filter(([, worker]) => worker.isIdle);
    for (const [companyId] of idle.slice(0, Math.max(idle.length - left, 0))) this.#end(companyId);
  }

  #end(companyId: CompanyId): void {
    const worker = this.#workers.get(companyId);
    this.#workers.delete(companyId);
    const ended = worker?.end().finally(() => this.#ending.delete(ended as Promise<void>));
    if (ended) this.#ending.add(ended);
  }
}
