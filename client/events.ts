import type { Api } from './api.ts';
import { EventFollower, eventPage } from './event-follower.ts';
import { canShare, sharedEvents } from './shared-events.ts';
import type { EventOptions, PlatenEvent } from './types.ts';

export async function* followEvents(api: Api, options: EventOptions): AsyncGenerator<PlatenEvent, void> {
  const { signal } = options;
  try {
    const after = options.after ?? (await eventPage(api, options, { limit: 1 })).next;
    const open = (signal = options.signal) => new EventFollower(api, { ...options, signal }, after);
    yield* canShare() ? sharedEvents(api, open, options) : open().follow();
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
