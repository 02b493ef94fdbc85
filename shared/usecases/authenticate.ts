import { createHash } from 'node:crypto';
import { normalizeKey, type Principal } from '../domain/company.ts';
import { PrintError } from '../domain/errors.ts';
import type { Ports } from '../ports.ts';

/** A revoked key may live this long in a warm function; without it each status poll would cost two more reads. */
const rememberMilliseconds = 30_000;
const rememberedAtMost = 1000;
const remembered = new WeakMap<object, Map<string, { principal: Principal; until: number }>>();

export const keyDigest = (key: string) => createHash('sha256').update(normalizeKey(key)).digest('hex');

/** Who is behind a key. Throws `unauthorized` for a key that is missing, unknown or expired, `forbidden` for an inactive company. */
export async function authenticate(
  ports: Pick<Ports, 'registry' | 'clock'>,
  key: string | undefined,
): Promise<Principal> {
  if (!key?.trim()) throw new PrintError('unauthorized', 'A key is required.');
  const digest = keyDigest(key);
  const now = ports.clock.now();
  const known = rememberedBy(ports.registry).get(digest);
  if (known && known.until > now) return known.principal;
  const principal = await lookUp(ports, digest, now);
  remember(rememberedBy(ports.registry), digest, principal, now + rememberMilliseconds);
  return principal;
}

async function lookUp(ports: Pick<Ports, 'registry'>, digest: string, now: number): Promise<Principal> {
  const key = await ports.registry.getKey(digest);
  const isGood = key && (key.expiresAt === undefined || key.expiresAt > now);
  if (!isGood) throw new PrintError('unauthorized', 'The key is not known.');
  const company = await ports.registry.getCompany(key.companyId);
  if (!company?.active) throw new PrintError('forbidden', 'The company is inactive.');
  return { companyId: key.companyId, scopes: key.scopes, uploadQuota: company.uploadQuota };
}

function rememberedBy(registry: object) {
  const map = remembered.get(registry) ?? new Map();
  remembered.set(registry, map);
  return map;
}

function remember(map: Map<string, unknown>, digest: string, principal: Principal, until: number): void {
  if (map.size >= rememberedAtMost) map.clear();
  map.set(digest, { principal, until });
}
