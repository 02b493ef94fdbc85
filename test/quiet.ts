import { configureLog } from '../shared/telemetry/log.ts';

/** Log lines of the product are noise in a unit test; a test about them configures its own writer. */
configureLog({ write: () => {} });
