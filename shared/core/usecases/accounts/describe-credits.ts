import type { Principal } from '../../domain/company.ts';
import type { Ports } from '../../ports/index.ts';

/** What a company may still spend; undefined when there is no limit. */
export async function describeCredits(
  { registry }: Pick<Ports, 'registry'>,
  { companyId }: Principal,
): Promise<number | undefined> {
  return await registry.remainingCredits(companyId);
}
