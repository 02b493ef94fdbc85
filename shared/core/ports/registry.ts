import type { CompanyStore } from './company-store.ts';
import type { CreditLedger } from './credit-ledger.ts';
import type { DeviceRegistry } from './device-registry.ts';
import type { RelayRegistry } from './relay-registry.ts';

/** Everything that is registered once and read often; one table answers all four ports. */
export interface Registry extends CompanyStore, DeviceRegistry, RelayRegistry, CreditLedger {
  /** Reads stay on this machine, so callers need not remember what they read. */
  readonly isLocal?: boolean;
}
