import { hash, randomUUID } from 'node:crypto';

/** A refusal of SQS, by the name of its error. */
export class SqsError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface QueueAttributes {
  visibilitySeconds: number;
  /** where a message goes that was received so often without being deleted */
  redrive?: { to: StrictQueue; maxReceiveCount: number };
}

interface Stored {
  id: string;
  body: string;
  group?: string;
  sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  /** of the last receive; earlier ones delete nothing */
  handle?: string;
}

/** One standard queue in memory. Times are milliseconds since 1970. */
export class StrictQueue {
  readonly #attributes: QueueAttributes;
  readonly #now: () => number;
  #messages: Stored[] = [];

  constructor(attributes: QueueAttributes, now: () => number) {
    this.#attributes = attributes;
    this.#now = now;
  }

  add(body: string, delaySeconds: number, group?: string): { id: string; md5: string } {
    const id = randomUUID();
    const sentAt = this.#now();
    this.#messages.push({ id, body, group, sentAt, visibleAt: sentAt + delaySeconds * 1000, receives: 0 });
    return { id, md5: hash('md5', body) };
  }

  /** Visible messages, hidden from other receivers until the visibility timeout has passed. */
  receive(limit: number, visibilitySeconds = this.#attributes.visibilitySeconds): Stored[] {
    const now = this.#now();
    const { redrive } = this.#attributes;
    const visible = this.#messages.filter(({ visibleAt }) => visibleAt <= now);
    const dead = visible.filter(({ receives }) => redrive && receives >= redrive.maxReceiveCount);
    this.#messages = this.#messages.filter(message => !dead.includes(message));
    redrive?.to.take(dead);
    const taken = visible.filter(message => !dead.includes(message)).slice(0, limit);
    for (const message of taken) {
      message.visibleAt = now + visibilitySeconds * 1000;
      message.receives++;
      message.firstReceivedAt ??= now;
      message.handle = `${message.id}/${randomUUID()}`;
    }
    return taken.map(message => ({ ...message }));
  }

  take(dead: Stored[]): void {
    this.#messages.push(...dead.map(message => ({ ...message, receives: 0, handle: undefined })));
  }

  /** The handle of an earlier receive deletes nothing, as SQS may do; one that SQS never made is refused. */
  delete(handle: string): void {
    if (!/^[0-9a-f-]{36}\/[0-9a-f-]{36}$/.test(handle))
      throw new SqsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    this.#messages = this.#messages.filter(message => message.handle !== handle);
  }

  counts() {
    const now = this.#now();
    const hidden = this.#messages.filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receives }) => receives === 0);
    return {
      ApproximateNumberOfMessages: this.#messages.length - hidden.length,
      ApproximateNumberOfMessagesNotVisible: hidden.length - delayed.length,
      ApproximateNumberOfMessagesDelayed: delayed.length,
    };
  }
}
