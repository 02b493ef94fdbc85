import { firstEndingBeyond } from '../../../core/domain/upload-session.ts';

interface Range {
  from: number;
  to: number;
}

/** Which octets of a file are taken. Ranges that touch become one, so a file written from front to back is one range. */
export class OctetRanges {
  /** sorted, apart from each other */
  #ranges: Range[] = [];

  /** Takes [from, to); false, and nothing is taken, when some of it was taken before. */
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
