import { firstEndingBeyond } from '../../../core/domain/upload-session.ts';

interface Range {
  from: number;
  to: number;
}

/** Set of claimed octets of a file. Adjacent ranges merge, so a file written sequentially is one range. */
export class OctetRanges {
  /** sorted, neither overlapping nor adjacent */
  #ranges: Range[] = [];

  /** Claims [from, to). Returns false, and claims nothing, if any of it was claimed before. */
  take(from: number, to: number): boolean {
    const at = firstEndingBeyond(this.#ranges, from);
    const [before, after] = [this.#ranges[at - 1], this.#ranges[at]];
    if (after && after.from < to) return false;
    const joinsBefore = before?.to === from;
    const joinsAfter = after?.from === to;
    const joined = { from: joinsBefore ? before.from : from, to: joinsAfter ? after.to : to };
    this.#ranges.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), joined);
    return true;
  }

  clear(): void {
    this.#ranges = [];
  }
}
