import { isSound, type OpenCell } from './cell.ts';
import { canceled, within } from './deadline.ts';

const cellDeadlineMs = 20_000;

/**
 * Cells for jobs, one of them made in advance: making one takes about 80 ms, which no job should wait for.
 */
export class CellSupply {
  readonly #open: () => Promise<OpenCell>;
  readonly #closing: AbortSignal;
  #spare: Promise<OpenCell> | undefined;

  constructor(open: () => Promise<OpenCell>, closing: AbortSignal) {
    this.#open = open;
    this.#closing = closing;
  }

  /** The spare if it is sound, else a new cell; a browser that died meanwhile is replaced, once. */
  async take(): Promise<OpenCell> {
    const prepared = this.#spare;
    this.#spare = undefined;
    const ready = await prepared?.catch(() => undefined);
    if (ready) {
      if (!ready.generation.retired && (await isSound(ready))) return ready;
      ready.generation.retired = true;
      await ready.dispose();
    }
    const fresh = () => within(cellDeadlineMs, this.#open());
    return fresh().catch(() => (this.#closing.aborted ? Promise.reject(canceled()) : fresh()));
  }

  /** Makes the next cell, unless there is one. A failure shows when it is taken. */
  prepare(): void {
    if (this.#closing.aborted || this.#spare) return;
    this.#spare = this.#open();
    this.#spare.catch(() => {});
  }

  async close(): Promise<void> {
    const left = this.#spare;
    this.#spare = undefined;
    await left?.then(
      cell => cell.dispose(),
      () => {},
    );
  }
}
