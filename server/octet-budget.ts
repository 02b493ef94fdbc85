/** Octets that may be held at the same time. */
export class OctetBudget {
  #left: number;

  constructor(octets: number) {
    this.#left = octets;
  }

  /** False, and nothing taken, when there are fewer left. */
  take(octets: number): boolean {
    if (octets > this.#left) return false;
    this.#left -= octets;
    return true;
  }

  give(octets: number): void {
    this.#left += octets;
  }
}
