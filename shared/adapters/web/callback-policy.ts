import type { CallbackPolicy } from '../../core/ports/index.ts';
import { allowFetch } from '../../protocol/config.ts';
import { isPrivateNumber } from './egress-policy.ts';

/** The rules for all fetching, as far as an address shows by itself whether it breaks them. */
export const callbackPolicy: CallbackPolicy = {
  refuses: url => isPrivateNumber(url, { allowFetch: allowFetch() }),
};
