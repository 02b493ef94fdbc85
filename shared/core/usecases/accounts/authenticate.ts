import { createHash } from 'node:crypto';
import { log } from '../../../telemetry/log.ts';
import { normalizeKey, type Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Ports } from '../../ports/index.ts';
import { makeMemory } from '../memory.ts';

/** A warm function accepts a revoked key for at most this long. Without the cache each status poll costs two more reads. */
const remembered = makeMemory<Principal>(30_000);
/** A use is written at most once an hour for each key, by each process. */
const noted = makeMemory<true>(60 * 60_000);

export const keyDigest = (key: string) => createHash('sha256').update(normalizeKey(key)).digest('hex');

/** Returns the principal of a key. Throws `unauthorized` for a key that is missing, unknown or expired, `forbidden` for an inactive company. */
export async function authenticate(
  ports: Pick<Ports, 'registry' | 'clock'>,
  key: string | undefined,
): Promise<Principal> {
  if (!key?.trim()) throw new PrintError('unauthorized', 'An API key is required.');
  const digest = keyDigest(key);
  const now = ports.clock.now();
  if (ports.registry.isLocal) return await lookUp(ports, digest, now);
  return await remembered(ports.registry, digest, now, () => lookUp(ports, digest, now));
}

async function lookUp(ports: Pick<Ports, 'registry'>, digest: string, now: number): Promise<Principal> {
  const key = await ports.registry.getKey(digest);
  const isGood = key && (key.expiresAt === undefined || key.expiresAt > now);
  if (!isGood) throw new PrintError('unauthorized', 'The key is not known.');
  const [company] = await Promise.all([ports.registry.getCompany(key.companyId), noteUse(ports, digest, now)]);
  if (!company?.active) throw new PrintError('forbidden', 'The company is inactive.');
  return {
    keyId: digest.slice(0, 12),
    keyName: key.name,
    companyId: key.companyId,
    scopes: key.scopes,
    uploadQuota: company.uploadQuota,
    jobsPerDay: company.jobsPerDay,
    storedOctets: company.storedOctets,
  };
}

/** A request is not refused because its use could not be written. */
async function noteUse({ registry }: Pick<Ports, 'registry'>, digest: string, now: number): Promise<void> {
  await noted(registry, digest, now, async () => {
    await registry
      .noteKeyUse(digest, now)
      .catch(error => log.warn('key-use-not-noted', { keyId: digest.slice(0, 12), error }));
    return true as const;
  });
}
