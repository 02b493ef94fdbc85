/** A job that waits for the network longer than this gives its permit to others. */
const momentMs = 1_000;

export interface Permit {
  /** Gives the permit back for now. */
  leave(): void;
  /** Takes a permit again after `leave`. Rejects with the signal's reason if it aborts first. */
  enter(): Promise<void>;
  /** Waits for `slow`. If it takes longer than a moment, others have the permit until it is there. */
  meanwhile<Result>(slow: Promise<Result>): Promise<Result>;
  end(): void;
}

interface Waiting {
  owner: string;
  admit(): void;
}

/**
 * Semaphore with `atOnce` permits, fair between owners: none holds more than `atOncePerOwner`, and a free permit goes to
 * the waiting owner that holds the fewest, then to the one that has waited longest since its last permit. Within an
 * owner it is first in, first out; a job that returns after `leave` goes before new ones.
 */
export class FairSemaphore {
  readonly #atOncePerOwner: number;
  readonly #held = new Map<string, number>();
  readonly #lastAdmitted = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #free: number;
  #admissions = 0;

  constructor(atOnce: number, atOncePerOwner = atOnce) {
    this.#free = atOnce;
    this.#atOncePerOwner = atOncePerOwner;
  }

  /** Rejects with the signal's reason if it aborts first. */
  async take(signal: AbortSignal = new AbortController().signal, owner = ''): Promise<Permit> {
    await this.#enter(signal, owner, false);
    let isIn = true;
    let isOver = false;
    const leave = () => {
      if (isIn) this.#leave(owner);
      isIn = false;
    };
    const enter = async () => {
      if (isIn || isOver) return;
      await this.#enter(signal, owner, true);
      isIn = true;
      // ended while it waited
      if (isOver) leave();
    };
    return {
      leave,
      enter,
      meanwhile: slow => whileAway(slow, { leave, enter }),
      end: () => {
        isOver = true;
        leave();
      },
    };
  }

  async #enter(signal: AbortSignal, owner: string, isBack: boolean): Promise<void> {
    signal.throwIfAborted();
    if (this.#mayEnter(owner)) return this.#admit(owner);
    await new Promise<void>((resolve, reject) => {
      const waiting = {
        owner,
        admit: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      if (isBack) this.#waiting.unshift(waiting);
      else this.#waiting.push(waiting);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #mayEnter(owner: string): boolean {
    return this.#free > 0 && this.#heldBy(owner) < this.#atOncePerOwner;
  }

  #heldBy(owner: string): number {
    return this.#held.get(owner) ?? 0;
  }

  #admit(owner: string): void {
    this.#free -= 1;
    this.#held.set(owner, this.#heldBy(owner) + 1);
    this.#admissions += 1;
    this.#lastAdmitted.set(owner, this.#admissions);
  }

  #leave(owner: string): void {
    this.#free += 1;
    const left = this.#heldBy(owner) - 1;
    if (left > 0) this.#held.set(owner, left);
    else this.#held.delete(owner);
    const next = this.#next();
    if (next) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#admit(next.owner);
      next.admit();
    }
    const isForgotten = left <= 0 && !this.#waiting.some(waiting => waiting.owner === owner);
    if (isForgotten) this.#lastAdmitted.delete(owner);
  }

  #next(): Waiting | undefined {
    const firstOfEach = new Map<string, Waiting>();
    for (const waiting of this.#waiting) {
      if (!firstOfEach.has(waiting.owner) && this.#mayEnter(waiting.owner)) firstOfEach.set(waiting.owner, waiting);
    }
    const order = (a: Waiting, b: Waiting) =>
      this.#heldBy(a.owner) - this.#heldBy(b.owner) ||
      (this.#lastAdmitted.get(a.owner) ?? 0) - (this.#lastAdmitted.get(b.owner) ?? 0);
    return [...firstOfEach.values()].toSorted(order)[0];
  }
}

/** Waits for `slow`, without a permit once it has taken a moment. */
export async function whileAway<Result>(slow: Promise<Result>, { leave, enter }: Pick<Permit, 'leave' | 'enter'>) {
  let isAway = false;
  const timer = setTimeout(() => {
    isAway = true;
    leave();
  }, momentMs);
  const result = await slow.finally(() => clearTimeout(timer));
  if (isAway) await enter();
  return result;
}
