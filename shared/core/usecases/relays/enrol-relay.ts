import { createHash } from 'node:crypto';
import type { EnrolAnswer, EnrolRequest } from '../../../protocol/relay-protocol.ts';
import type { EnrolmentCode, Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { RelayId } from '../../domain/ids.ts';
import type { Location } from '../../domain/printer.ts';
import { enrolled, leastTakeOverSeconds, mostTakeOverSeconds, roleOf } from '../../domain/standby.ts';
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
  /** for a second relay, which prints when the first is offline */
  standby?: boolean;
  /** how long the first is offline before the second takes over; kept by the location */
  takeOverSeconds?: number;
}

/**
 * Invites a relay to a location: the code works once, within a day or the time given. `conflict` when a relay is connected
 * in that place and is not to be replaced: a code made by mistake would end all printing at the location. `bad-value` for a
 * time that is out of range, or without `standby`.
 */
export async function createEnrolmentCode(
  ports: Pick<Ports, 'registry' | 'clock'>,
  principal: Principal,
  { milliseconds = codeMilliseconds, replace = false, standby = false, takeOverSeconds, ...address }: Invitation,
): Promise<{ code: string; expiresAt: number }> {
  checkTakeOver(standby, takeOverSeconds);
  const location = await findLocation(ports, principal, address);
  if (isTaken(location, standby) && !replace) throw takenPlace(location.locationId, standby);
  const code = ports.clock.token();
  const expiresAt = ports.clock.now() + milliseconds;
  const { companyId } = principal;
  await ports.registry.putEnrolmentCode({
    digest: digestOf(code),
    companyId,
    locationId: address.locationId,
    expiresAt,
    ...(replace ? { replace } : {}),
    ...(standby ? { standby, takeOverSeconds } : {}),
  });
  return { code, expiresAt };
}

function checkTakeOver(standby: boolean, seconds: number | undefined): void {
  if (seconds === undefined) return;
  if (!standby) throw new PrintError('bad-value', 'Only the code of a standby has a time after which it takes over.');
  const isGood = Number.isInteger(seconds) && seconds >= leastTakeOverSeconds && seconds <= mostTakeOverSeconds;
  if (isGood) return;
  throw new PrintError(
    'bad-value',
    `A standby takes over after a whole number of seconds from ${leastTakeOverSeconds} to ${mostTakeOverSeconds}.`,
  );
}

type EnrolPorts = Pick<Ports, 'registry' | 'clock' | 'relayIdentities' | 'jobs' | 'queue'>;

/**
 * Issues a relay's identity for a code. The first certificate request binds the code: the same relay can retry after a
 * lost answer, and no other relay can use it. Revokes the former relay in that place of the location; `conflict` if that is
 * connected and the code is not to replace it.
 */
export async function enrolRelay(ports: EnrolPorts, { code, csr, publicKey }: EnrolRequest): Promise<EnrolAnswer> {
  const digest = digestOf(code);
  const invitation = await ports.registry.getEnrolmentCode(digest);
  if (!invitation || invitation.expiresAt <= ports.clock.now()) throw unknownCode();
  const csrDigest = digestOf(csr);
  const claim = invitation.usedBy ?? { csrDigest, relayId: await ports.relayIdentities.idFor(ports.clock.token()) };
  if (claim.csrDigest !== csrDigest) throw unknownCode();
  const { companyId, locationId, standby = false, replace } = invitation;
  const location = await ports.registry.getLocation(companyId, locationId);
  const isOther = location !== undefined && roleOf(location, claim.relayId) === undefined;
  if (isOther && isTaken(location, standby) && !replace) throw takenPlace(locationId, standby);
  const identity = await ports.relayIdentities.issue(claim.relayId, csr);
  const used = await ports.registry.useEnrolmentCode(digest, claim);
  if (used?.usedBy?.relayId !== claim.relayId) throw unknownCode();
  await takePlace(ports, invitation, claim.relayId, publicKey);
  return { relayId: claim.relayId, locationId: invitation.locationId, ...identity };
}

async function takePlace(
  ports: EnrolPorts,
  { companyId, locationId, standby, takeOverSeconds }: EnrolmentCode,
  relayId: RelayId,
  publicKey: string | undefined,
): Promise<void> {
  const at = ports.clock.now();
  const relay = { relayId, companyId, locationId, createdAt: at, revoked: false };
  await ports.registry.putRelay(publicKey === undefined ? relay : { ...relay, publicKey });
  let former: RelayId | undefined;
  const outcome = await saveWith(
    () => ports.registry.getLocation(companyId, locationId),
    location => {
      if (roleOf(location, relayId)) return undefined;
      const next = enrolled(location, { relayId, standby, takeOverSeconds }, at);
      former = next.former;
      return next.location;
    },
    location => ports.registry.saveLocation(location),
  );
  // also after a repeated request: a relay takes over only after it has its identity
  if (outcome?.now.standby) await markAsSharing(ports, outcome.now);
  if (former) await retire(ports, former);
}

/** From then on, the relays' messages are compared with the location, which says which of the two is active. */
async function markAsSharing({ registry }: EnrolPorts, { relayId, standby }: Location): Promise<void> {
  for (const id of [relayId, standby?.relayId]) {
    const relay = id && (await registry.getRelay(id));
    if (relay && !relay.revoked && !relay.shares) await registry.putRelay({ ...relay, shares: true });
  }
}

async function retire(ports: EnrolPorts, relayId: RelayId): Promise<void> {
  const relay = await ports.registry.getRelay(relayId);
  if (relay) await ports.registry.putRelay({ ...relay, revoked: true });
  await ports.relayIdentities.revoke(relayId);
  if (relay) await releaseJobs(ports, relay, relayReplaced);
}

/** A relay is connected in that place. */
const isTaken = (location: Location, standby: boolean) =>
  standby ? location.standby?.online === true : location.online;

function takenPlace(locationId: string, standby: boolean): PrintError {
  const advice = standby
    ? 'A new one would take its place: ask for a code with "replace".'
    : 'A new relay would take its place: make another location, ask for a code with "standby" for a second relay, or with "replace".';
  return new PrintError('conflict', `A ${standby ? 'standby' : 'relay'} is connected at ${locationId}. ${advice}`);
}

const unknownCode = () =>
  new PrintError('not-found', 'The enrolment code is unknown, has expired or was used. Create a new one.');
