import type { CompanyId } from '../../../core/domain/ids.ts';
import { WorkerHandle } from './worker-handle.ts';

/*
 * A worker serves one company for as long as it lives, so that nothing a document leaves behind in a process reaches the
 * documents of another. It stays warm while the company has work, and is replaced when it has grown.
 */

/** Idle workers that stay warm, each with a browser of some 200 MB. */
const idleAtMost = 3;
const idleMs = 60_000;
/** A worker that came to hold more than this is replaced: memory of WebAssembly is never given back. */
const megabytesAtMost = 512;

export class WorkerPool {
  readonly #workers = new Map<CompanyId, WorkerHandle>();
  readonly #ending = new Set<Promise<void>>();

  /** The company's worker. The one used last is the last of the map. */
  of(companyId: CompanyId): WorkerHandle {
    const known = this.#workers.get(companyId);
    const worker = known && !known.hasEnded ? known : new WorkerHandle();
    this.#workers.delete(companyId);
    this.#workers.set(companyId, worker);
    this.#endIdle(idleAtMost);
    return worker;
  }

  /** Called after each conversion of a company. */
  release(companyId: CompanyId): void {
    const worker = this.#workers.get(companyId);
    if (!worker?.isIdle) return;
    if (worker.hasEnded || worker.megabytes > megabytesAtMost) {
      this.#end(companyId);
      return;
    }
    const { runCount } = worker;
    const isUnused = () => this.#workers.get(companyId) === worker && worker.runCount === runCount;
    setTimeout(() => {
      // the last one stays: the next document should not wait for a start
      if (isUnused() && this.#workers.size > 1) this.#end(companyId);
    }, idleMs).unref();
  }

  async close(): Promise<void> {
    for (const companyId of this.#workers.keys()) this.#end(companyId);
    await Promise.all(this.#ending);
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
