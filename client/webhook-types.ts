export interface NewWebhook {
  /** https */
  url: string;
  name?: string;
  /** types, or groups such as `job.*` */
  types?: string[];
  locations?: string[];
  /** `location:device` */
  printers?: string[];
  /** `v1`, by default: a shared secret; `v1a`: a public key */
  signing?: 'v1' | 'v1a';
}

export interface ClientWebhook extends Required<Pick<NewWebhook, 'name' | 'url' | 'signing'>> {
  id: string;
  types?: string[];
  locations?: string[];
  printers?: string[];
  state: 'active' | 'paused' | 'disabled';
  /** `failing` or `gone` */
  disabledReason?: string;
  createdAt: string;
  lastSuccessAt?: string;
  lastFailure?: { at: string; status?: number; message: string };
  /** events that wait for their delivery */
  waiting: number;
  /** of the first of them, while the webhook is active; in the past if it is about to be */
  nextTryAt?: string;
}

export interface WebhookTest {
  status?: number;
  milliseconds: number;
  error?: string;
  /** the first kilobyte */
  answer: string;
}

/** One try. */
export interface ClientDelivery {
  event: string;
  sequence: number;
  attempt: number;
  at: string;
  state: 'delivered' | 'failed';
  status?: number;
  milliseconds: number;
  error?: string;
  replay?: string;
}

/** Numbers of events, or ISO 8601 times; or single events; or those whose last try failed. */
export type ReplayRange =
  | { from: number | string; to?: number | string }
  | { eventIds: string[] }
  | { failed: true; since: string };

export interface ClientReplay {
  replay: string;
  events: number;
  done: number;
  failed: number;
  left: number;
}
