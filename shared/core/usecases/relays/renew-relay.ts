import { verify } from 'node:crypto';
import type { EnrolAnswer, RenewRequest } from '../../../protocol/relay-protocol.ts';
import { renewalText } from '../../../protocol/relay-protocol.ts';
import type { Relay } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { roleOf } from '../../domain/standby.ts';
import type { Ports } from '../../ports/index.ts';

/** Clocks of relays may be wrong by this much; a signature that was overheard is of no use later. */
const skewMilliseconds = 10 * 60_000;

/**
 * Issues another certificate to a relay before its own ends. The relay proves itself with the key that it named when it
 * enrolled. The former certificate stays valid, so that a lost answer costs nothing. `gone` for a relay that was revoked
 * or replaced.
 */
export async function renewRelay(
  ports: Pick<Ports, 'registry' | 'clock' | 'relayIdentities'>,
  request: RenewRequest,
): Promise<EnrolAnswer> {
  const relay = await ports.registry.getRelay(request.relayId);
  const isRecent = Math.abs(request.at - ports.clock.now()) < skewMilliseconds;
  if (!relay?.publicKey || !isSigned(request, relay.publicKey)) throw unknownRelay();
  if (relay.revoked || !(await hasPlace(ports, relay))) throw await placeLost(ports, relay);
  if (!isRecent) throw new PrintError('bad-request', "The relay's clock is wrong by more than ten minutes: set it.");
  const identity = await ports.relayIdentities.issue(relay.relayId, request.csr);
  return { relayId: relay.relayId, locationId: relay.locationId, ...identity };
}

/** Of two relays, one that was replaced just when the other enrolled may not have been marked as revoked. */
async function hasPlace({ registry }: Pick<Ports, 'registry'>, relay: Relay): Promise<boolean> {
  if (!relay.shares) return true;
  const location = await registry.getLocation(relay.companyId, relay.locationId);
  return location !== undefined && roleOf(location, relay.relayId) !== undefined;
}

function isSigned(request: RenewRequest, publicKey: string): boolean {
  try {
    return verify('sha256', Buffer.from(renewalText(request)), publicKey, Buffer.from(request.signature, 'base64'));
  } catch {
    // the key is the relay's own text of when it enrolled
    return false;
  }
}

const unknownRelay = () => new PrintError('not-found', 'The relay is unknown or has another key. Enrol it again.');

async function placeLost({ registry }: Pick<Ports, 'registry'>, { companyId, locationId }: Relay): Promise<PrintError> {
  const location = await registry.getLocation(companyId, locationId);
  const cause = location?.relayId ? `Another relay has taken its place at ${locationId}` : 'It was revoked';
  return new PrintError('gone', `${cause}. To print by this relay again, enrol it again.`);
}
