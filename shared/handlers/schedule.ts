import { log } from '../telemetry/log.ts';
import { record } from '../telemetry/metrics.ts';
import { inContext } from './context.ts';

/** A Lambda handler for a schedule. A failure is logged and thrown, so that Lambda counts it as an error. */
export function scheduleHandler(work: () => Promise<void>) {
  return inContext(
    () => ({}),
    async (_event: unknown) => {
      try {
        await work();
      } catch (error) {
        log.error('schedule-failed', { error });
        record('messagesFailed');
        throw error;
      }
    },
  );
}
