import type { Company, Key } from '../../domain/company.ts';
import type { Ports } from '../../ports/index.ts';
import { keyDigest } from './authenticate.ts';

/** The key and its company; undefined when `authenticate` would refuse the key. */
export async function describeKey(
  ports: Pick<Ports, 'registry' | 'clock'>,
  { key: shown }: { key: string | undefined },
): Promise<{ key: Key; company: Company } | undefined> {
  if (!shown?.trim()) return undefined;
  const key = await ports.registry.getKey(keyDigest(shown));
  const isGood = key && (key.expiresAt === undefined || key.expiresAt > ports.clock.now());
  if (!isGood) return undefined;
  const company = await ports.registry.getCompany(key.companyId);
  return company?.active ? { key, company } : undefined;
}
