import { createHash } from 'node:crypto';
import type { EnrolAnswer, EnrolRequest } from '../../../protocol/relay-protocol.ts';
import type { EnrolmentCode, Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { RelayId } from '../../domain/ids.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';
import { findLocation, type LocationAddress } from './manage-printers.ts';
import { relayReplaced, releaseJobs } from './release-jobs.ts';

const codeMilliseconds = 24 * 60 * 60 * 1000;
const digestOf = (text: string) => createHash('sha256').update(text.trim()).digest('hex');

export interface Invitation extends LocationAddress {
  milliseconds?: number;
  /** also when a relay is connected there, which then loses its place */
  replace?: boolean;
}

/**
 * Invites a relay to a location: the code works once, within a day or the time given. `conflict` when a relay is connected
 * there and is not to be replaced: a code made by mistake would end all printing at the location.
 */
export async function createEnrolmentCode(
  ports: Pick<Ports, 'registry' | 'clock'>,
  principal: Principal,
  { milliseconds = codeMilliseconds, replace = false, ...address }: Invitation,
): Promise<{ code: string; expiresAt: number }> {
  const location = await findLocation(ports, principal, address);
  if (location.online && !replace) throw isTaken(location.locationId);
  const code = ports.clock.token();
  const expiresAt = ports.clock.now() + milliseconds;
  const { companyId } = principal;
  await ports.registry.putEnrolmentCode({
    digest: digestOf(code),
    companyId,
    locationId: address.locationId,
    expiresAt,
    ...(replace ? { replace } : {}),
  });
  return { code, expiresAt };
}

type EnrolPorts = Pick<Ports, 'registry' | 'clock' | 'relayIdentities' | 'jobs' | 'queue'>;

/**
 * Issues a relay's identity for a code. The first certificate request binds the code: the same relay can retry after a
 * lost answer, and no other relay can use it. Revokes the former relay of the location; `conflict` if that is connected
 * and the code is not to replace it.
 */
export async function enrolRelay(ports: EnrolPorts, { code, csr, publicKey }: EnrolRequest): Promise<EnrolAnswer> {
  const digest = digestOf(code);
  const invitation = await ports.registry.getEnrolmentCode(digest);
  if (!invitation || invitation.expiresAt <= ports.clock.now()) throw unknownCode();
  const csrDigest = digestOf(csr);
  const claim = invitation.usedBy ?? { csrDigest, relayId: await ports.relayIdentities.idFor(ports.clock.token()) };
  if (claim.csrDigest !== csrDigest) throw unknownCode();
  const location = await ports.registry.getLocation(invitation.companyId, invitation.locationId);
  if (location?.online && location.relayId !== claim.relayId && !invitation.replace)
    throw isTaken(invitation.locationId);
  const identity = await ports.relayIdentities.issue(claim.relayId, csr);
  const used = await ports.registry.useEnrolmentCode(digest, claim);
  if (used?.usedBy?.relayId !== claim.relayId) throw unknownCode();
  await takePlace(ports, invitation, claim.relayId, publicKey);
  return { relayId: claim.relayId, locationId: invitation.locationId, ...identity };
}

async function takePlace(
  ports: EnrolPorts,
  { companyId, locationId }: EnrolmentCode,
  relayId: RelayId,
  publicKey: string | undefined,
): Promise<void> {
  const relay = { relayId, companyId, locationId, createdAt: ports.clock.now(), revoked: false };
  await ports.registry.putRelay(publicKey === undefined ? relay : { ...relay, publicKey });
  let former: RelayId | undefined;
  await saveWith(
    () => ports.registry.getLocation(companyId, locationId),
    location => {
      if (location.relayId === relayId) return undefined;
      former = location.relayId;
      return { ...location, relayId, online: false, presenceVersion: 0 };
    },
    location => ports.registry.saveLocation(location),
  );
  if (former) await retire(ports, former);
}

async function retire(ports: EnrolPorts, relayId: RelayId): Promise<void> {
  const relay = await ports.registry.getRelay(relayId);
  if (relay) await ports.registry.putRelay({ ...relay, revoked: true });
  await ports.relayIdentities.revoke(relayId);
  if (relay) await releaseJobs(ports, relay, relayReplaced);
}

function isTaken(locationId: string): PrintError {
  const advice = 'A new relay would take its place: make another location, or ask for a code with "replace".';
  return new PrintError('conflict', `A relay is connected at ${locationId}. ${advice}`);
}

const unknownCode = () =>
  new PrintError('not-found', 'The enrolment code is unknown, has expired or was used. Create a new one.');
