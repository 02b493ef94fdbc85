import { type BrowserProcess, type ProcessModel, startBrowser } from './browser-process.ts';

/** Chromium's browser process grows slowly; a new one from time to time keeps memory flat. */
const jobsPerBrowser = 200;

/** A browser process and the cells that were made in it. */
export interface Generation {
  process: Promise<BrowserProcess>;
  cells: number;
  openCells: number;
  retired: boolean;
}

/** Browser processes one after another: one takes new cells, retired ones end with their last cell. */
export class Generations {
  readonly #model: ProcessModel;
  readonly #proxyPort: number;
  readonly #running = new Set<Generation>();
  #current: Generation | undefined;

  constructor(model: ProcessModel, proxyPort: number) {
    this.#model = model;
    this.#proxyPort = proxyPort;
  }

  /** Counts a cell into the browser that takes new ones; a new browser when there is none, or it has had enough. */
  admit(): Generation {
    const home = this.#taking();
    home.cells++;
    home.openCells++;
    return home;
  }

  /** A cell of this browser is gone. */
  release(home: Generation): void {
    home.openCells--;
    if (home.retired || this.#model === 'one-process') this.#retire(home);
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#running].map(generation => this.#end(generation)));
  }

  #taking(): Generation {
    const cellsAtMost = this.#model === 'one-process' ? 1 : jobsPerBrowser;
    if (this.#current && !this.#current.retired && this.#current.cells < cellsAtMost) return this.#current;
    if (this.#current) this.#retire(this.#current);
    const process = startBrowser(this.#model, this.#proxyPort);
    const next: Generation = { process, cells: 0, openCells: 0, retired: false };
    this.#running.add(next);
    process.then(
      ({ browser }) => browser.once('disconnected', () => this.#retire(next)),
      () => this.#retire(next),
    );
    this.#current = next;
    return next;
  }

  /** Takes no new cells, and ends with its last one. */
  #retire(old: Generation): void {
    old.retired = true;
    if (old.openCells === 0) void this.#end(old);
  }

  async #end(old: Generation): Promise<void> {
    // a browser that did not start has nothing to end
    await old.process.then(process => process.end()).catch(() => {});
    this.#running.delete(old);
  }
}
