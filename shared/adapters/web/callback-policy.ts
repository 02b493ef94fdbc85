import type { CallbackPolicy } from '../../core/ports/index.ts';
import { allowFetch } from '../../protocol/config.ts';
import { isPrivateNumber } from './egress-policy.ts';

/** Applies the egress policy to an address without resolving its name. */
export const callbackPolicy: CallbackPolicy = {
  refuses: url => isPrivateNumber(url, { allowFetch: allowFetch() }),
};
