import { type CellKind, isSound, type OpenCell } from './cell.ts';
import { canceled, within } from './deadline.ts';

const cellDeadlineMs = 20_000;

/**
 * Cells for jobs, one of each kind made in advance: making one takes about 80 ms, which no job should wait for.
 */
export class CellSupply {
  readonly #open: (kind: CellKind) => Promise<OpenCell>;
  readonly #closing: AbortSignal;
  readonly #spares = new Map<CellKind, Promise<OpenCell>>();

  constructor(open: (kind: CellKind) => Promise<OpenCell>, closing: AbortSignal) {
    this.#open = open;
    this.#closing = closing;
  }

  /** The spare if it is sound, else a new cell; a browser that died meanwhile is replaced, once. */
  async take(kind: CellKind): Promise<OpenCell> {
    const prepared = this.#spares.get(kind);
    this.#spares.delete(kind);
    const ready = await prepared?.catch(() => undefined);
    if (ready) {
      if (!ready.generation.retired && (await isSound(ready))) return ready;
      ready.generation.retired = true;
      await ready.dispose();
    }
    const fresh = () => within(cellDeadlineMs, this.#open(kind));
    return fresh().catch(() => (this.#closing.aborted ? Promise.reject(canceled()) : fresh()));
  }

  /** Makes the next cell of a kind, unless there is one. A failure shows when it is taken. */
  prepare(kind: CellKind): void {
    if (this.#closing.aborted || this.#spares.has(kind)) return;
    const spare = this.#open(kind);
    spare.catch(() => {});
    this.#spares.set(kind, spare);
  }

  async close(): Promise<void> {
    const left = [...this.#spares.values()];
    this.#spares.clear();
    const dispose = (cell: OpenCell) => cell.dispose();
    await Promise.all(left.map(spare => spare.then(dispose, () => {})));
  }
}
