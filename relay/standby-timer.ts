import type { DownMessage } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';

/** Whatever the cloud says, it is asked no more often. */
const leastMilliseconds = 1000;

/** The role of this relay. While the other one of its location is active, the cloud is asked again and again. */
export class StandbyTimer {
  readonly #fetch: () => void;
  readonly #activated: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `activated` is called when this relay has taken over. */
  constructor(fetch: () => void, activated: () => void) {
    this.#fetch = fetch;
    this.#activated = activated;
  }

  get isStandby(): boolean {
    return this.#timer !== undefined;
  }

  receive(message: DownMessage): void {
    if (message.type !== 'tickets') return;
    const wasStandby = this.isStandby;
    this.stop();
    // repeats, since an answer may be lost
    if (message.standby) {
      const milliseconds = Math.max(message.standby.fetchAgainMilliseconds, leastMilliseconds);
      this.#timer = setInterval(this.#fetch, milliseconds).unref();
    }
    if (this.isStandby === wasStandby) return;
    log.info(this.isStandby ? 'relay-is-standby' : 'relay-took-over');
    if (!this.isStandby) this.#activated();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
