import type { IppClient } from '../ipp-client/client.ts';
import { preflightAttributes } from './ipp-preflight.ts';
import { isSameBoot, type PrinterView, statusAttributes, viewPrinter } from './ipp-printer-view.ts';

const keptMilliseconds = 10 * 60_000;
/** What a printer that takes jobs says of its state holds for so long: it refuses the next job if that has changed. */
const freshMilliseconds = 1000;

/**
 * What a printer offers, which is much to ask for and does not change while it stays on; settings are changed at
 * printers, too, so it is asked for anew now and then.
 */
export class PrinterMemory {
  /** when it was last asked for what it offers */
  #known: PrinterView | undefined;
  #last: PrinterView | undefined;

  /** As it is now, with what it offers. Throws as `viewPrinter` does. */
  async view(client: IppClient, signal: AbortSignal): Promise<PrinterView> {
    const last = this.#last;
    if (last && isReady(last) && performance.now() - last.askedAt < freshMilliseconds) return last;
    this.#last = await this.#ask(client, signal);
    return this.#last;
  }

  /** It has not taken a job: its state is asked for before the next one. */
  forgetState(): void {
    this.#last = undefined;
  }

  async #ask(client: IppClient, signal: AbortSignal): Promise<PrinterView> {
    const known = this.#known;
    if (known && performance.now() - known.askedAt < keptMilliseconds) {
      const now = await viewPrinter(client, statusAttributes, signal);
      if (isSameBoot(known, now)) return { ...now, ...offersOf(known) };
    }
    this.#known = await viewPrinter(client, preflightAttributes, signal);
    return this.#known;
  }
}

const isReady = ({ isStopped, isAccepting }: PrinterView) => isAccepting && !isStopped;
const offersOf = ({ operations, formats, attributes }: PrinterView) => ({ operations, formats, attributes });
