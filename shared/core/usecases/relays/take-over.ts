import { log } from '../../../telemetry/log.ts';
import { record } from '../../../telemetry/metrics.ts';
import type { Relay } from '../../domain/company.ts';
import type { RelayId } from '../../domain/ids.ts';
import { nextAskMilliseconds, roleOf, takenOver } from '../../domain/standby.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';
import { handedOver, releaseJobs } from './release-jobs.ts';

type TakeOverPorts = Pick<Ports, 'registry' | 'jobs' | 'queue' | 'clock'>;

/** Whether a relay may print. Reads nothing for a relay that never had another one at its location. */
export async function isActive({ registry }: Pick<Ports, 'registry'>, relay: Relay): Promise<boolean> {
  if (!relay.shares) return true;
  const location = await registry.getLocation(relay.companyId, relay.locationId);
  return location !== undefined && roleOf(location, relay.relayId) === 'active';
}

/**
 * Makes a standby the active relay once that has been offline for long enough: what the former may have begun becomes
 * unconfirmed, the rest is offered again. Returns after how many milliseconds the standby is to ask again, undefined if it
 * took over.
 */
export async function takeOverIfDue(ports: TakeOverPorts, relay: Relay): Promise<number | undefined> {
  const { companyId, locationId, relayId } = relay;
  const at = ports.clock.now();
  let former: RelayId | undefined;
  const outcome = await saveWith(
    () => ports.registry.getLocation(companyId, locationId),
    location => {
      former = location.relayId;
      return takenOver(location, relayId, at);
    },
    location => ports.registry.saveLocation(location),
  );
  if (outcome?.changed === false) return nextAskMilliseconds(outcome.now, at);
  log.warn('relay-took-over', { companyId, locationId, relayId, former });
  record('relayTakeOvers');
  if (former) await releaseJobs(ports, { companyId, relayId: former }, handedOver);
  return undefined;
}
