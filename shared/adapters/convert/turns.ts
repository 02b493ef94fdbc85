/** Longer than that, a job waits for somebody else, and should not keep a turn from those who could use it. */
const momentMs = 1_000;

export interface Turn {
  /** Waits for `slow`. When it takes longer than a moment, others have the turn until it is there. */
  meanwhile<Result>(slow: Promise<Result>): Promise<Result>;
  end(): void;
}

/** `atOnce` turns; who finds none waits in the order of coming, and who comes back goes before who comes. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Rejects with the signal's reason when it aborts first. */
  async take(signal: AbortSignal = new AbortController().signal): Promise<Turn> {
    await this.#enter(signal, false);
    let isIn = true;
    let isOver = false;
    const leave = () => {
      if (isIn) this.#leave();
      isIn = false;
    };
    return {
      meanwhile: async slow => {
        const timer = setTimeout(leave, momentMs);
        const result = await slow.finally(() => clearTimeout(timer));
        if (isIn || isOver) return result;
        await this.#enter(signal, true);
        isIn = true;
        // given up while it waited
        if (isOver) leave();
        return result;
      },
      end: () => {
        isOver = true;
        leave();
      },
    };
  }

  async #enter(signal: AbortSignal, isBack: boolean): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(signal.reason);
      };
      if (isBack) this.#waiting.unshift(turn);
      else this.#waiting.push(turn);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
